/* Finds pages by what people type, with the grammar and the pages of `names.json` and its later parts. In `headkb/catalog`, `finder.py`,
   `search_pages.py`, `search_words.py` and `search_parts.py` do the same step by step, and say why; a test holds the two to the same answers.
   All sums are of whole numbers, rounded down. */
const MODELS = "models/", TYPES = "heads/", PLACES = ["", "role-", "type-", "in-"];
const NAMED = [MODELS, TYPES, "methods/", "scores/", "circuits/", "glossary/", "tools/", "benchmarks/"];
const NEAREST = 12, LEAST_OF_TYPE = 30, LEAST_OF_MODEL = 15, WHOLE = 85, NAMED_SO = 80, LONGEST_RUN = 6, LETTERS = 26;
const SURE_PART = 70, UNSURE_PART = 90, MOST_MATCHES = 6;

const bits = (number) => 32 - Math.clz32(number);
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);
const said = (note, ...values) => values.reduce((text, value, i) => text.split(`{${i}}`).join(value), note);

const stem = (a, b) => {
  const least = Math.min(a.length, b.length);
  let same = 0;
  while (same < least && a[same] === b[same]) same++;
  return same >= Math.max(5, least - 3) && Math.max(a.length, b.length) - same < 5;
};

export const distance = (a, b, limit) => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before = [], row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const after = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      let steps = Math.min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1] ? 1 : 0));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps = Math.min(steps, before[j - 2] + 1);
      after.push(steps);
      least = Math.min(least, steps);
    }
    if (least > limit) return limit + 1;
    [before, row] = [row, after];
  }
  return Math.min(row[b.length], limit + 1);
};

/* the numbers that a text of gaps stands for */
const numbers = (text) => {
  const found = [];
  let number = -1, alphabets = 0;
  for (const sign of text) {
    if (sign >= "0" && sign <= "9") alphabets = 10 * alphabets + +sign;
    else found.push((number += 1 + LETTERS * alphabets + sign.charCodeAt(0) - 97)), (alphabets = 0);
  }
  return found;
};

/* words of names that stand side by side, by their letters without spaces */
const runsOf = (names) => {
  const runs = new Map();
  for (const name of names) name.forEach((word, start) => {
    if ([...word].length < 2 || /^[0-9]/.test(word)) return;
    for (let end = start + 2; end <= Math.min(name.length, start + LONGEST_RUN); end++) {
      const run = name.slice(start, end), whole = run.join("");
      if (!runs.has(whole)) runs.set(whole, run);
    }
  });
  return runs;
};

/* the words of names, which each further part has again */
const names = new Map();

/* data with the next part */
export const joined = ({ common, ...data }, { from, more, ...part }) => {
  const empty = [0, 0, "", 0, [], [], []];
  const pages = data.pages.map((page, i) => (more[i].length ? [...page, ...empty.slice(page.length, from), ...more[i]] : page));
  return { ...data, ...part, pages: [...pages, ...part.pages] };
};

export class Finder {
  constructor(data) {
    this.data = data;
    this.weights = data.weights;
    const every = (pattern) => new RegExp(pattern, "g");
    this.patterns = { marks: every(data.marks), spaces: every(data.spaces), separators: every(data.separators), splits: data.splits.map(every), plural: new RegExp(data.plural), path: every(data.path) };
    this.spellings = data.spellings.map(([pattern, letters]) => [new RegExp(pattern), `$1${letters}$2`]);
    this.entries = data.pages.map((page, number) => this.entry(page, number));
    const count = new Map();
    for (const entry of this.entries) for (const word of entry.bag.keys()) count.set(word, (count.get(word) || 0) + 1);
    const [size, ...common] = data.common ? [...data.common].map((digit) => parseInt(digit, 36)) : [this.entries.length, ...count.values()].map(bits);
    this.rarity = new Map([...count.keys()].map((word, i) => [word, Math.max(3, 2 * (size - common[i]))]));
    for (const kind of ["soft", "stop"]) for (const word of this.words(data[kind])) this.rarity.set(word, this.weights[kind]);
    this.quiet = new Set(["code", "soft", "stop"].flatMap((kind) => this.words(data[kind])));
    this.runs = runsOf(this.entries.filter((entry) => NAMED.includes(entry.kind)).flatMap((entry) => entry.names));
    this.meant = new Map();
    this.same = new Map();
    for (const words of (data.same || []).map((group) => this.words(group))) for (const word of words) this.same.set(word, [...(this.same.get(word) || []), ...words]);
    this.spoken = [...count.keys()];
    this.ids = new Map();
    data.pages.forEach((page, number) => (page[5] || []).forEach((id) => this.ids.set(id, [...(this.ids.get(id) || []), number])));
    const models = this.entries.filter((entry) => entry.kind === MODELS && entry.path !== MODELS);
    this.models = new Map(models.map((entry, i) => {
      const [layers, heads, named = 0, pages = "", known = ""] = data.models[i];
      return [entry.number, { layers, heads, named, pages: pages === "*" ? null : new Set(numbers(pages)), known: new Set(numbers(known)) }];
    }));
    this.pairs = new Map(data.pairs.flatMap(([head, ...texts]) => texts.flatMap((text, place) => numbers(text).map((i) => [`${head} ${models[i].number}`, place]))));
  }

  /* words */
  small(text) { return text.normalize("NFKD").toLowerCase().replace(this.patterns.marks, ""); }
  raw(text) {
    const raw = [...this.small(text).replace(this.patterns.spaces, " ")].slice(0, this.data.longest).join("").replace(/^ +| +$/g, "");
    const numbers = this.data.numbers.split(" "), words = raw.split(" ");
    for (let at = 1; at < words.length; at++) if (this.data.counted.includes(words[at - 1]) && numbers.includes(words[at])) words[at] = String(numbers.indexOf(words[at]));
    return words.join(" ");
  }
  words(text) {
    let plain = this.small(text).replace(this.patterns.separators, " ");
    for (const pattern of this.patterns.splits) plain = plain.replace(pattern, "$1 $2");
    const words = plain.split(" ").filter(Boolean).map((word) => word.replace(this.patterns.plural, "$1"));
    return words.map((word) => this.spellings.reduce((spelt, [pattern, letters]) => spelt.replace(pattern, letters), word));
  }
  nameWords(text) {
    if (!names.has(text)) names.set(text, this.words(text));
    return names.get(text);
  }
  entry(page, number) {
    const [at, name, title, own = 0, others = [], , authors = [], about = "", more = ""] = page;
    const [label, weight, kind] = this.data.kinds[at];
    const by = authors.map((author) => this.data.authors[author]);
    const texts = [title, ...others];
    if (name && !name.includes("/")) texts.push(name);
    if (by.length) {
      const last = by.map((author) => author.split(" ").at(-1)), year = name.split("-").find((part) => /^[0-9]{4}$/.test(part)) || "";
      texts.push(`${(last.length < 3 ? last : last.slice(0, 1)).join(" ")} ${year}`, by[0]);
    }
    const names = texts.map((text) => this.nameWords(text)).filter((words) => words.length);
    const bag = new Map();
    for (const word of more.split(" ")) if (word) bag.set(word, this.weights.more);
    for (const word of about.split(" ")) if (word) bag.set(word, this.weights.about);
    for (const words of [...names, ...by.map((author) => this.nameWords(author))]) for (const word of words) bag.set(word, 100);
    return { number, kind, path: kind + (name ? `${name}/` : ""), title, label, extra: 6 * weight + own, names, tight: names.map((words) => words.join("")), bag };
  }
  asked(text, quiet = new Set()) {
    const words = this.apart(this.words(text));
    for (const word of words) if (!this.meant.has(word)) this.meant.set(word, this.near(word));
    const near = words.map((word) => this.meant.get(word));
    const weights = words.map((word, i) => {
      if (quiet.has(word)) return 0;
      const best = most([...near[i].values()]);
      const known = [...near[i]].filter(([, sure]) => sure === best).map(([other]) => this.rarity.get(other));
      return this.rarity.get(word) ?? (known.length ? most(known) : this.weights.unknown);
    });
    return { words, weights, near, total: Math.max(1, weights.reduce((a, b) => a + b, 0)) };
  }
  apart(words) {
    const found = [];
    const means = (run) => this.runs.has(run.join("")) && !(run.length === 1 && this.rarity.has(run[0]));
    for (let start = 0; start < words.length;) {
      let size = Math.min(LONGEST_RUN, words.length - start);
      while (size && !means(words.slice(start, start + size))) size--;
      found.push(...(size ? this.runs.get(words.slice(start, start + size).join("")) : [words[start]]));
      start += size || 1;
    }
    return found;
  }
  near(word) {
    const { slack: slacks, exact, prefix, typo, stem: ending } = this.weights, letters = [...word], size = letters.length;
    const slack = size < slacks[0] ? 0 : size < slacks[1] ? 1 : 2, digits = /[0-9]/.test(word), known = this.rarity.has(word);
    if (this.rarity.get(word) === this.weights.stop) return new Map([[word, exact]]);
    const meant = new Map(), same = this.same.get(word) || [];
    for (const other of this.spoken) {
      if (other === word) meant.set(other, exact);
      else if (size > 1 && other.startsWith(word) && !/[0-9]/.test(other[word.length])) meant.set(other, size > 2 ? prefix : ending);
      else if (same.includes(other)) meant.set(other, this.weights.same);
      else if (!digits && size > 4 && stem(word, other)) meant.set(other, ending);
      else if (slack && !digits && !known && !same.length) {
        const steps = distance(word, other, slack);
        if (steps <= slack) meant.set(other, typo[steps]);
      }
    }
    return meant;
  }

  /* pages */
  covered(asked, met) { return Math.floor(met.reduce((sum, sure, i) => sum + sure * asked.weights[i], 0) / asked.total); }
  rate(entry, asked) {
    const nothing = asked.words.map(() => 0);
    let best = { met: nothing, covered: 0, named: 0, score: 0, close: false, byName: nothing };
    entry.names.forEach((name, place) => {
      const met = [], used = [];
      let own = 0;
      for (const near of asked.near) {
        let at = -1, sure = 0;
        name.forEach((word, i) => {
          const here = near.get(word) || 0;
          if (here > sure && !used.includes(i)) [at, sure] = [i, here];
        });
        met.push(sure);
        if (sure) used.push(at), (own += this.rarity.get(name[at]) * sure);
      }
      if (!used.length) return;
      const covered = this.covered(asked, met), close = Math.max(...used) - Math.min(...used) < used.length;
      const named = Math.floor(own / name.reduce((sum, word) => sum + this.rarity.get(word), 0));
      const share = Math.floor((350 * named * Math.min(100, 2 * covered)) / 100);
      const score = Math.floor((650 * covered + share) / 100) + (close ? 15 : 0) - (place ? 3 : 0);
      if (score > best.score) best = { met, covered, named, score, close, byName: met };
    });
    const met = asked.near.map((near) => {
      let sure = 0;
      for (const [word, how] of near) if (entry.bag.has(word)) sure = Math.max(sure, Math.floor((how * entry.bag.get(word)) / 100));
      return sure;
    });
    const covered = this.covered(asked, met);
    return 7 * covered > best.score ? { ...best, met, covered, score: 7 * covered, byAll: covered } : { ...best, byAll: covered };
  }
  byWords(text, asked) {
    let rates = this.entries.map((entry) => this.rate(entry, asked));
    const every = asked.words.map(() => 100), whole = asked.words.join(""), long = [...whole].length;
    for (const entry of this.entries) {
      let rate = rates[entry.number];
      const better = (covered, named, score) => { if (score > rate.score) rate = { ...rate, covered, named, score, close: false }; };
      for (const tight of entry.tight) {
        if (tight === whole) rate = { met: every, covered: 100, named: 100, score: 1100, close: false, byName: every, byAll: 100 };
        else if (long > 3 && rate.covered < 80) {
          if (tight.startsWith(whole)) better(90, 80, 860);
          else if (long >= this.weights.slack[1]) {
            const steps = distance(whole, tight, 2);
            if (steps < 3) better(78 - steps, 75, 820 - 60 * steps);
          }
        }
      }
      rates[entry.number] = rate;
    }
    const top = most(rates.map((rate) => rate.covered)), least = top >= 10 ? Math.min(20, Math.floor(top / 2)) : 101;
    if (top < NAMED_SO) rates = rates.map((rate) => ({ ...rate, score: Math.floor((14 * rate.byAll + rate.score) / 3) }));
    const more = new Map([["papers/", -this.weights.unasked]]), wants = Object.entries(this.data.wants || {});
    for (const [kind, pattern] of wants) if (new RegExp(pattern).test(text)) more.set(kind, this.weights.wanted);
    const places = this.entries.filter((e) => rates[e.number].covered >= least)
      .map((e) => this.place(e, rates[e.number].score + ((top < NAMED_SO && more.get(e.kind)) || 0)));
    const [note, pairs] = this.ofPairs(asked, rates);
    return [note, rates, [...places, ...pairs]];
  }
  place(entry, score) { return { path: entry.path, title: entry.title, label: entry.label, score: score + entry.extra }; }
  best(kind, rates) {
    const least = kind === MODELS ? LEAST_OF_MODEL : LEAST_OF_TYPE, of = (entry) => rates[entry.number];
    return this.entries.filter((e) => e.kind === kind && e.path !== kind && of(e).named >= least)
      .sort((a, b) => of(b).covered - of(a).covered || of(b).named - of(a).named || b.extra - a.extra || a.number - b.number).slice(0, NEAREST);
  }
  ofPairs(asked, rates) {
    const by = (entry) => this.covered(asked, rates[entry.number].byName), both = [];
    const best = this.best(MODELS, rates), words = (model) => rates[model.number].byName.map((sure) => (sure ? 1 : 0)).join("");
    const close = new Set(best.filter((model) => rates[model.number].close).map(words));
    const models = best.filter((model) => rates[model.number].close || !close.has(words(model)));
    for (const head of this.best(TYPES, rates)) for (const model of models) {
      const a = rates[head.number], b = rates[model.number], covered = this.covered(asked, a.byName.map((one, i) => Math.max(one, b.byName[i])));
      if (covered < 70 || covered < Math.max(by(head), by(model)) + 10) continue;
      const score = Math.floor((650 * covered + 175 * (a.named + b.named)) / 100) + Math.min(20, 2 * bits(this.models.get(model.number).named));
      both.push([score, head, model, covered]);
    }
    both.sort((x, y) => y[0] - x[0] || x[1].number - y[1].number || x[2].number - y[2].number);
    if (!both.length) return ["", []];
    const told = ([, head, model]) => this.pairs.get(`${head.number} ${model.number}`);
    const least = most(both.map((pair) => pair[3])) - 10, known = both.filter((pair) => pair[3] >= least && told(pair) !== undefined).slice(0, NEAREST);
    const [score, head, model] = (known.length ? known : both)[0];
    if (!known.length) {
      if (Math.min(rates[head.number].named, rates[model.number].named) < WHOLE) return ["", []];
      return [said(this.data.notes.no_pair, head.title, model.title), [this.place(head, score), this.place(model, score - 10)]];
    }
    const places = known.map((pair) => this.pair(pair[1], pair[2], told(pair), pair[0] + 120));
    if (rates[model.number].named < WHOLE && new Set(known.map((pair) => pair[2].number)).size > 1) places.push(this.place(head, score + 120));
    return ["", places];
  }
  pair(head, model, place, score) {
    const [page, other] = place === 3 ? [head, model] : [model, head];
    const path = page.path + (place ? `#${PLACES[place]}${other.path.split("/")[1]}` : "");
    return { path, title: said(this.data.pair_title, head.title, model.title), label: head.label, score };
  }

  /* identifiers */
  identifier(raw) {
    let unknown = null, rest = raw;
    for (const rule of this.data.ids) {
      const match = raw.match(new RegExp(rule.pattern));
      if (!match) continue;
      const key = match[1].replace(new RegExp(this.data.id_ends), ""), pages = this.withId(key);
      const start = match.index + match[0].indexOf(match[1]), before = raw.slice(0, start).lastIndexOf(" "), after = raw.indexOf(" ", start + match[1].length);
      const around = [raw.slice(0, Math.max(0, before)), after < 0 ? "" : raw.slice(after + 1)];
      if (pages.length) return [pages.map((number, i) => this.place(this.entries[number], 2000 - i)), null, around.join(" ")];
      if (rule.what && !unknown) [unknown, rest] = [[rule.what, key], `${around[0]} ${rule.what === "address" ? key : ""} ${around[1]}`];
    }
    return [[], unknown, rest];
  }
  withId(key) {
    const parts = key.replace(/^github\.com\//, "").split("/"), keys = parts.map((_, i) => parts.slice(0, parts.length - i).join("/"));
    return this.ids.get(keys.find((one) => this.ids.has(one))) || [];
  }

  /* heads */
  heads(raw) {
    const whole = this.asked(raw), same = [...new Set(whole.words)];
    const named = same.length === whole.words.length && [...this.models.keys()].some((number) =>
      this.rate(this.entries[number], whole).covered === 100 && this.entries[number].names.some((name) => same.every((word) => name.includes(word))));
    for (const written of this.written(raw)) {
      if (!written.sure && named) continue;
      const answer = this.ofModels(written);
      if (answer) return [...answer, written.rest];
    }
    return ["", [], raw];
  }
  *written(raw) {
    for (const rule of this.data.coordinates) {
      if (!rule.pattern) {
        const [layer, head] = [rule.layer, rule.head].map((pattern) => raw.match(new RegExp(pattern)));
        const end = (match) => match.index + match[0].length;
        if (!layer || !head) continue;
        const [first, second] = head.index < layer.index ? [head, layer] : [layer, head];
        if (end(first) > second.index) continue;
        const [one, other] = [layer, head].map((match) => +match.slice(1).find(Boolean));
        yield { layer: one, head: other, name: `L${one}H${other}`, sure: rule.sure, rest: `${raw.slice(0, first.index)} ${raw.slice(end(first), second.index)} ${raw.slice(end(second))}` };
        continue;
      }
      const pattern = new RegExp(rule.pattern, "g");
      for (let found = 0, match; found < MOST_MATCHES && (match = pattern.exec(raw)); found++) {
        const [one, other] = [+match[1], +match[2]], [layer, head] = rule.order === "layer head" ? [one, other] : [other, one];
        yield { layer, head, name: `L${layer}H${head}`, sure: rule.sure, rest: `${raw.slice(0, match.index)} ${raw.slice(match.index + match[0].length)}` };
        pattern.lastIndex = match.index + 1;
      }
    }
  }
  ofModels(written) {
    const asked = this.asked(written.rest, this.quiet);
    if (!asked.weights.some((weight) => weight > 3)) return ["", this.ofAll(written, 0)];
    const rates = this.entries.map((e) => (e.kind === MODELS || e.kind === TYPES ? this.rate(e, asked) : { named: 0, covered: 0 }));
    const models = this.entries.filter((e) => this.models.has(e.number) && rates[e.number].named >= LEAST_OF_MODEL);
    const best = most(models.map((e) => rates[e.number].covered)), heads = best < 100 ? this.best(TYPES, rates) : [];
    const types = this.entries.filter((e) => e.kind === TYPES && rates[e.number].covered >= Math.max(SURE_PART, best)).map((e) => e.number);
    if (written.sure && types.length) {
      const told = new Set([...this.pairs.keys()].map((pair) => pair.split(" ").map(Number)).filter(([head]) => types.includes(head)).map(([, model]) => this.entries[model].path));
      return ["", this.ofAll(written, 300).filter((place) => told.has(place.path.slice(0, place.path.lastIndexOf("L"))))];
    }
    const together = (a, b) => this.covered(asked, a.map((one, i) => Math.max(one, b[i])));
    const both = (e) => most([rates[e.number].covered, ...heads.map((head) => together(rates[e.number].met, rates[head.number].met))]);
    const fit = models.filter((e) => both(e) >= (written.sure ? SURE_PART : UNSURE_PART)), top = most(fit.map((e) => rates[e.number].covered));
    const meant = fit.filter((e) => rates[e.number].covered >= top - 10);
    if (meant.length) return this.inModels(written, meant, rates);
    if (!written.sure) return null;
    return [said(this.data.notes.no_model, written.rest.split(" ").filter(Boolean).join(" "), written.name), this.ofAll(written, 0)];
  }
  ofAll(written, more) {
    return this.entries.filter((e) => this.models.has(e.number) && this.has(e, written))
      .map((e) => this.head(e, written, 1400 + more + this.fame(e, written)));
  }
  inModels(written, meant, rates) {
    const of = (e) => rates[e.number].score, said_of = (e) => this.models.get(e.number).named;
    const whole = (e) => (rates[e.number].covered === 100 && rates[e.number].named === 100 ? 250 : 0);
    const first = [...meant].sort((a, b) => of(b) - of(a) || said_of(b) - said_of(a) || a.number - b.number)[0];
    const here = meant.filter((e) => this.has(e, written));
    const places = here.map((e) => this.head(e, written, 1500 + Math.floor(of(e) / 2) + this.fame(e, written) + whole(e)));
    if (most(here.map(of)) >= of(first) - 50 || (here.length && rates[first.number].named < WHOLE)) return ["", places];
    const { layers, heads } = this.models.get(first.number), { notes } = this.data;
    const note = written.layer < layers && written.head < heads ? said(notes.unnamed, first.title, written.name) : said(notes.outside, first.title, layers, heads, written.name);
    return [note, [this.place(first, 2500), ...places]];
  }
  among({ layers, heads }, some, { layer, head }) { return layer < layers && head < heads && (!some || some.has(layer * heads + head)); }
  fame({ number }, written) {
    const model = this.models.get(number);
    return (this.among(model, model.known, written) ? 200 : 0) + 4 * bits(model.named);
  }
  has(entry, written) {
    const model = this.models.get(entry.number);
    return this.among(model, model.pages, written);
  }
  head(entry, written, score) { return { path: `${entry.path}${written.name}/`, title: `${entry.title} ${written.name}`, label: "Head", score }; }

  /* the answer: a note where it is not what was asked for, and places, the best first */
  find(query, limit = 10) {
    const raw = this.raw(query), [known, unknown, left] = this.identifier(raw);
    if (known.length) {
      const [told, all] = left.trim() ? this.heads(`${left} ${known[0].title.toLowerCase()}`) : ["", []];
      const here = all.filter((head) => head.path.startsWith(known[0].path));
      return { note: here.length ? told : "", places: [...here, ...known].slice(0, limit) };
    }
    let [note, places, rest] = unknown ? ["", [], left] : this.heads(left);
    rest = rest.replace(this.patterns.path, " ");
    const asked = this.asked(rest);
    if (asked.words.length) {
      const [noPair, rates, others] = this.byWords(rest, asked);
      if (!unknown && !places.length && !note) note = noPair || this.miss(raw, rates, others);
      places = [...places, ...others];
    }
    const length = (place) => [...place.title].length, seen = new Set();
    places.sort((a, b) => b.score - a.score || length(a) - length(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    places = places.filter((place) => !seen.has(place.path) && seen.add(place.path)).slice(0, limit);
    if (unknown) note = said(places.length ? this.data.notes.no_id_near : this.data.notes.no_id, ...unknown);
    return { note: note || (places.length || !raw ? "" : this.data.notes.none), places };
  }
  miss(raw, rates, others) {
    const fits = most(rates.map((rate) => rate.covered)) >= 80 || others.some((place) => place.score > 1000);
    return fits || !others.length ? "" : said(this.data.notes.miss, raw);
  }
}
