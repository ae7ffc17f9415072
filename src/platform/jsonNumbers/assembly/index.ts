export { freeAt, powersAt } from './powers';
export { readEnd, readNumbers } from './read';
export { writeNumbers } from './write';
