import ipaddr from 'ipaddr.js';

// Tenants choose the URLs that we call, so a URL may be aimed at our own network (server-side request forgery).

/** Whether the address is one of the public internet. What is not an address is not. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address); // ::ffff:10.0.0.1 is judged as 10.0.0.1
  if (parsed.range() !== 'unicast') return false;
  // ipaddr.js calls `unicast` whatever it has no name for, ::127.0.0.1 (IPv4-compatible, RFC 4291 §2.5.5.1) among it.
  return !(parsed instanceof ipaddr.IPv6) || isGlobalUnicast(parsed);
}

/** 2000::/3, the only part of IPv6 from which public addresses are given out (RFC 4291 §2.4, IANA). */
function isGlobalUnicast(address: ipaddr.IPv6): boolean {
  return ((address.parts[0] ?? 0) & 0xe000) === 0x2000;
}

/**
 * Why the URL must not be called, or undefined when it may be, as far as the URL alone can tell; names are judged again
 * by what they resolve to. The WHATWG parser has brought every spelling of an IPv4 address (2130706433, 0x7f.1,
 * 127.0.0.1.) into the common one.
 */
export function urlFault(text: string, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(text) || /[\s\p{Cc}]/u.test(text)) return 'must be a URL such as https://desk.example.com/ballast';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  if (allowPrivate)
    return ['https:', 'http:'].includes(url.protocol) ? undefined : 'must start with https:// or http://';
  if (url.protocol !== 'https:') return 'must start with https://';
  if (url.port !== '') return 'must use port 443';
  return isPublicHost(url.hostname) ? undefined : 'must lead to a public address';
}

function isPublicHost(host: string): boolean {
  const literal = host.startsWith('[') ? host.slice(1, -1) : host;
  if (ipaddr.isValid(literal)) return isPublicAddress(literal);
  const name = host.replace(/\.+$/, '');
  return name !== '' && !/(^|\.)localhost$/.test(name); // RFC 6761 §6.3
}
