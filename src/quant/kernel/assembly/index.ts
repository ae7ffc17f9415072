export { chain, europeans } from './european';
export { grid } from './grid';
export { paths } from './paths';
export { impliedVols } from './impliedVol';
export { rowSums } from './rowSums';
