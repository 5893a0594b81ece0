/**
 * The HTML report's script: theme, sorting, filtering, and where the focus goes. Without it the report is complete, in the
 * ledger's order.
 */
export const SCRIPT = `'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const root = document.documentElement;

  // The system's theme until the reader chooses; storage may be closed to files.
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const theme = one('#theme');
  const stored = () => { try { return localStorage.getItem('loopproof-theme'); } catch { return null; } };
  const current = () => root.dataset.theme ?? (dark.matches ? 'dark' : 'light');
  const other = () => (current() === 'dark' ? 'light' : 'dark');
  const label = () => { theme.textContent = other() === 'dark' ? 'Dark' : 'Light'; theme.setAttribute('aria-label', 'Switch to the ' + other() + ' theme'); };
  if (stored() === 'dark' || stored() === 'light') root.dataset.theme = stored();
  theme.hidden = false;
  label();
  dark.addEventListener('change', label);
  theme.addEventListener('click', () => {
    root.dataset.theme = other();
    try { localStorage.setItem('loopproof-theme', root.dataset.theme); } catch { /* Then it lasts as long as the page. */ }
    label();
  });

  const body = one('.ledger tbody');
  const rows = all('tr', body);
  const heads = all('.ledger thead th');
  const collator = new Intl.Collator('en', { numeric: true });
  const order = (row) => Number(row.dataset.order);
  const sortBy = (head) => {
    const column = heads.indexOf(head);
    const before = head.getAttribute('aria-sort');
    const next = before === 'ascending' ? 'descending' : before === 'descending' ? null : 'ascending';
    for (const each of heads) each.removeAttribute('aria-sort');
    if (next) head.setAttribute('aria-sort', next);
    const sign = next === 'descending' ? -1 : 1;
    const keyOf = (row) => row.cells[column].dataset.key;
    const compare = head.dataset.type === 'number' ? (a, b) => Number(a) - Number(b) || 0 : (a, b) => collator.compare(a, b);
    rows.sort((a, b) => {
      if (!next) return order(a) - order(b);
      const [left, right] = [keyOf(a), keyOf(b)];
      // What has no key is last either way.
      if (left === '' || right === '') return (left === '') - (right === '') || order(a) - order(b);
      return sign * compare(left, right) || order(a) - order(b);
    });
    body.append(...rows);
  };
  for (const head of heads) {
    const button = head.querySelector('button');
    button.disabled = false;
    button.addEventListener('click', () => sortBy(head));
  }

  const [find, kind, shown, none] = ['#find', '#kind', '#shown', '#none'].map(one);
  const controls = one('.controls');
  const filter = () => {
    const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const states = new Set(all('[name=status]:checked').map((box) => box.value));
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const { status, kind: its } = row.dataset;
      row.hidden = !(states.has(status) && (kind.value === '' || kind.value === its) && words.every((word) => text.includes(word)));
      if (!row.hidden) count++;
    }
    shown.textContent = count + ' of ' + rows.length;
    none.hidden = count > 0;
  };
  controls.hidden = false;
  controls.addEventListener('submit', (event) => event.preventDefault());
  controls.addEventListener('input', filter);
  filter();

  // The address says which page is shown; the focus follows, and returns to the link that led away.
  const title = document.title;
  const pageOf = (hash) => { try { return document.getElementById(decodeURIComponent(hash.slice(1)))?.closest('.page') ?? null; } catch { return null; } };
  const name = (page) => { document.title = page ? page.querySelector('h1').textContent + ' · loopproof' : title; };
  let last = location.hash;
  addEventListener('hashchange', () => {
    const page = pageOf(location.hash);
    name(page);
    if (page) {
      scrollTo(0, 0);
      page.querySelector('h1').focus({ preventScroll: true });
    } else if (pageOf(last)) {
      const from = all('#overview a').find((link) => link.getAttribute('href') === last && link.closest('tr:not([hidden]), .cards'));
      if (from) from.focus();
      else one('#overview-title').focus();
    }
    last = location.hash;
  });
  name(pageOf(location.hash));
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && pageOf(location.hash)) location.hash = '#overview';
  });

  for (const button of all('.copy')) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    });
  }
})();
`;
