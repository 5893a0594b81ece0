/**
 * Plain formulas, as statements have them, in LaTeX.
 */

/** Letters and signs with a command of their own. */
const COMMANDS: Readonly<Record<string, string>> = {
  α: '\\alpha',
  β: '\\beta',
  γ: '\\gamma',
  δ: '\\delta',
  ε: '\\varepsilon',
  η: '\\eta',
  θ: '\\theta',
  κ: '\\kappa',
  λ: '\\lambda',
  μ: '\\mu',
  π: '\\pi',
  ρ: '\\rho',
  σ: '\\sigma',
  τ: '\\tau',
  φ: '\\varphi',
  χ: '\\chi',
  ω: '\\omega',
  Δ: '\\Delta',
  Σ: '\\sum',
  ℓ: '\\ell',
  ṙ: '\\dot r',
  '∂': '\\partial',
  '∇': '\\nabla',
  '⇔': '\\Leftrightarrow',
  '⇒': '\\Rightarrow',
  '←': '\\leftarrow',
  '∧': '\\wedge',
  '≤': '\\le',
  '≥': '\\ge',
  '≈': '\\approx',
  '≠': '\\ne',
  '±': '\\pm',
  '∓': '\\mp',
  '·': '\\cdot',
  '…': '\\ldots',
  '⟨': '\\langle',
  '⟩': '\\rangle',
  '½': '\\tfrac12',
  '−': '-',
  '′': "'",
};

const RAISED: Readonly<Record<string, string>> = {
  '⁰': '0',
  '¹': '1',
  '²': '2',
  '³': '3',
  '⁴': '4',
  '⁵': '5',
  '⁶': '6',
  '⁷': '7',
  '⁸': '8',
  '⁹': '9',
  '⁻': '-',
  ᵀ: '\\top',
  ᵇ: 'b',
  ᴮ: 'B',
};

const LOWERED: Readonly<Record<string, string>> = {
  '₀': '0',
  '₁': '1',
  '₂': '2',
  '₃': '3',
  '₄': '4',
  '₊': '+',
  '₋': '-',
};

/** Words that are functions, upright and spaced as such. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  cos: '\\cos',
  det: '\\det',
  exp: '\\exp',
  max: '\\max',
  min: '\\min',
  sin: '\\sin',
  tanh: '\\tanh',
  diag: '\\operatorname{diag}',
  Im: '\\operatorname{Im}',
  Re: '\\operatorname{Re}',
  tr: '\\operatorname{tr}',
  Var: '\\operatorname{Var}',
};

/** Names of more than one letter that stand for one quantity. */
const NAMES = new Set(['dt', 'lr']);

/** Subscripts that are letters of vectors side by side, not words: σ_zm is the product of z and m. */
const INDICES = new Set(['zm', 'zu', 'vm', 'vu', 'ii']);

const WORD = /^[A-Za-z]+/;

/** Two parts in a row; a space ends a command before a letter. */
function joined(left: string, right: string): string {
  return /\\[A-Za-z]+$/.test(left) && /^[A-Za-z]/.test(right) ? `${left} ${right}` : left + right;
}

/** What is raised or lowered, in braces where it is more than a sign. */
function grouped(script: string): string {
  return /^[A-Za-z0-9]$|^\\[A-Za-z]+$/.test(script) ? script : `{${script}}`;
}

/** A formula from one place on. */
class Reader {
  readonly #text: string;
  #at = 0;
  /** Whether a bar or a double bar is open. */
  readonly #open = { '|': false, '‖': false };

  constructor(text: string) {
    this.#text = text;
  }

  get #rest(): string {
    return this.#text.slice(this.#at);
  }

  /** Takes what a pattern, anchored at its start, finds here. */
  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Everything up to a closing bracket, which is taken, or to the end. */
  sequence(closing?: string): string {
    let text = '';
    while (this.#at < this.#text.length) {
      if (closing !== undefined && this.#rest.startsWith(closing)) {
        this.#at += closing.length;
        break;
      }
      text = joined(text, this.#piece());
    }
    return text;
  }

  /** What is raised or lowered: a group in braces, a number with its sign, a function of what follows, one name. */
  #script(): string {
    if (this.#take(/^\{/)) return this.sequence('}');
    const number = this.#take(/^[-−]?\d+/);
    if (number !== undefined) return number.replace('−', '-');
    const word = this.#take(/^(?:[a-z]+|[A-Z])/);
    if (word !== undefined) {
      const name = FUNCTIONS[word];
      if (name !== undefined && this.#take(/^\(/)) return `${name}(${this.sequence(')')})`;
      return `${word.length === 1 || INDICES.has(word) ? word : `\\mathrm{${word}}`}${this.#take(/^′/) ? "'" : ''}`;
    }
    return this.#piece();
  }

  #piece(): string {
    const matrix = this.#take(/^\[\[/);
    if (matrix !== undefined) return this.#matrix();
    // Side by side without an operator between them: a row, not a product.
    const row = this.#take(/^\[σ_[a-z]+ σ_[a-z]+\]/);
    if (row !== undefined) return `[${row.slice(1, -1).split(' ').map(latex).join('\\;\\;')}]`;
    const text = this.#words();
    if (text !== undefined) return text;
    const word = this.#take(WORD);
    if (word !== undefined) return this.#letters(word);
    if (this.#take(/^\^/)) return `^${grouped(this.#script())}`;
    if (this.#take(/^_/)) return `_${grouped(this.#script())}`;
    if (this.#take(/^√\(/)) return `\\sqrt{${this.sequence(')')}}`;
    if (this.#take(/^√/)) return `\\sqrt{${this.#operand()}}`;
    if (this.#take(/^Σ(?=_0|₀)/)) return '\\Sigma';
    const raised = this.#take(/^[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀᵇᴮ]+/);
    if (raised !== undefined) return `^${grouped([...raised].map((sign) => RAISED[sign]).join(''))}`;
    const lowered = this.#take(/^[₀₁₂₃₄₊₋]+/);
    if (lowered !== undefined) return `_${grouped([...lowered].map((sign) => LOWERED[sign]).join(''))}`;
    const bar = this.#take(/^[|‖]/) as '|' | '‖' | undefined;
    if (bar !== undefined) {
      this.#open[bar] = !this.#open[bar];
      const name = bar === '|' ? 'vert' : 'Vert';
      // A group, which no line breaks in.
      return this.#open[bar] ? `{\\l${name}` : `\\r${name}}`;
    }
    if (this.#take(/^\{/)) return `\\{${this.sequence('}')}\\}`;
    if (this.#take(/^ +/)) return ' ';
    const sign = this.#take(/^./su)!;
    const command = COMMANDS[sign];
    if (command === undefined)
      return sign.replace(/[#$%&\\~^_{}]/g, (special) => `\\text{\\char${special.charCodeAt(0)}}`);
    return this.#followed(command);
  }

  /** A letter with what stands on or beside it: a hat, a star for the optimum, a double sign as index. */
  #followed(letter: string): string {
    const hat = this.#take(/^\u0302/) ? `\\hat{${letter}}` : letter;
    if (this.#take(/^\*/)) return `${hat}^*`;
    if (this.#take(/^±(?! ?[\dA-Za-zσ])/)) return `${hat}_\\pm`;
    return hat;
  }

  /** Words of a sentence, with the spaces and commas between them. */
  #words(): string | undefined {
    const prose = (word: string): boolean => word.length > 1 && FUNCTIONS[word] === undefined && !NAMES.has(word);
    const found = /^ ?[A-Za-z]+(?:[ ,]+[A-Za-z]+(?![\w(^_′²]))*(?= |,|;|\]|\)|$)/.exec(this.#rest)?.[0];
    if (found === undefined) return undefined;
    // As many of them as are words: the first letter or function is part of the formula again.
    const words = found.trimStart().split(/(?<=[ ,])(?=[A-Za-z])/);
    const end = words.findIndex((word) => !prose(word.replace(/[ ,]+$/, '')));
    const taken = (end < 0 ? words : words.slice(0, end)).join('');
    if (taken === '') return undefined;
    const lead = found.startsWith(' ') ? ' ' : '';
    this.#at += lead.length + taken.length;
    // Relations bring their own space.
    const after = taken.endsWith(' ') ? '' : (this.#take(/^ (?![=<>≤≥≈])/) ?? '');
    return `\\text{${lead}${taken.replace(/ $/, (space) => (/^[=<>≤≥≈]/.test(this.#rest) ? '' : space))}${after}}`;
  }

  /** Letters side by side: a function, a name, a word, or a product of them. */
  #letters(word: string): string {
    const name = FUNCTIONS[word];
    if (name !== undefined) return name;
    // A thin space keeps the letters of a name from those of a factor after it.
    if (NAMES.has(word)) return `\\mathit{${word}}${this.#take(/^ (?=[A-Za-z(√‖α-ω])/) ? '\\,' : ''}`;
    if (/^[a-z]{3,}$/.test(word)) return `\\text{${word}}`;
    return this.#followed(word);
  }

  /** What a root stands over: a letter with its index. */
  #operand(): string {
    const letter = this.#piece();
    return this.#take(/^_/) ? `${letter}_${grouped(this.#script())}` : letter;
  }

  /** Rows of entries. */
  #matrix(): string {
    const rows: string[] = [];
    do {
      const entries: string[] = [];
      let entry = '';
      while (this.#at < this.#text.length && !this.#take(/^\]/)) {
        if (this.#take(/^, */)) {
          entries.push(entry);
          entry = '';
        } else entry = joined(entry, this.#piece());
      }
      rows.push([...entries, entry].join(' & '));
    } while (this.#take(/^, *\[/));
    this.#take(/^\]/);
    return `\\begin{bmatrix}${rows.join(' \\\\ ')}\\end{bmatrix}`;
  }
}

/** A plain formula in LaTeX. */
export function latex(formula: string): string {
  return new Reader(formula).sequence();
}

/** The equations of a formula: what stands between semicolons or commas with two spaces after them. */
export function equationsOf(formula: string): string[] {
  return formula.split(/[;,] {2,}/);
}
