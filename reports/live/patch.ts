// Makes what is there like what is wanted, in place: who reads, selects or has the focus keeps it while the page asks anew each second.

/** The children of `there` become those of `wanted`, which is used up. Elements of one tag and one `data-key` are the same one. */
export function patchChildren(there: Element, wanted: Element): void {
  const fresh = [...wanted.childNodes];
  for (const [index, node] of fresh.entries()) {
    const old = there.childNodes[index];
    if (old === undefined) there.append(node);
    else if (!isSame(old, node)) there.replaceChild(node, old);
    else if (old instanceof Element) patchElement(old, node as Element);
    else if (old.nodeValue !== node.nodeValue) old.nodeValue = node.nodeValue;
  }
  while (there.childNodes.length > fresh.length) there.lastChild?.remove();
}

function isSame(a: Node, b: Node): boolean {
  if (a.nodeName !== b.nodeName) return false;
  return !(a instanceof Element) || a.getAttribute('data-key') === (b as Element).getAttribute('data-key');
}

function patchElement(there: Element, wanted: Element): void {
  for (const name of there.getAttributeNames()) {
    if (!wanted.hasAttribute(name) && !isOfReader(there, name)) there.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (there.getAttribute(name) !== value && !isOfReader(there, name)) there.setAttribute(name, value);
  }
  patchChildren(there, wanted);
}

/** What the reader did: a part that is open stays open. */
function isOfReader(element: Element, attribute: string): boolean {
  return attribute === 'open' && element.nodeName === 'DETAILS';
}
