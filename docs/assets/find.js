/* Finds pages by what people type, with the grammar and the pages of `names.json`. `headkb/catalog/finder.py` and `search_pages.py` do the
   same step by step, and say why; a test holds the two to the same answers. All sums are of whole numbers, rounded down. */
const MODELS = "models/", TYPES = "heads/", PLACES = ["", "role-", "type-", "in-"];
const NEAREST = 12, LEAST_OF_TYPE = 30, LEAST_OF_MODEL = 15, WHOLE = 85;
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

export class Finder {
  constructor(data) {
    this.data = data;
    this.weights = data.weights;
    const every = (pattern) => new RegExp(pattern, "g");
    this.patterns = { marks: every(data.marks), spaces: every(data.spaces), separators: every(data.separators), splits: data.splits.map(every), plural: new RegExp(data.plural) };
    this.entries = data.pages.map((page, number) => this.entry(page, number));
    const count = new Map();
    for (const entry of this.entries) for (const word of entry.bag.keys()) count.set(word, (count.get(word) || 0) + 1);
    const size = bits(this.entries.length);
    this.rarity = new Map([...count].map(([word, n]) => [word, Math.max(3, 2 * (size - bits(n)))]));
    for (const kind of ["soft", "stop"]) for (const word of this.words(data[kind])) this.rarity.set(word, this.weights[kind]);
    this.spoken = [...count.keys()];
    this.ids = new Map();
    data.pages.forEach((page, number) => (page[5] || []).forEach((id) => this.ids.set(id, [...(this.ids.get(id) || []), number])));
    const models = this.entries.filter((entry) => entry.kind === MODELS && entry.path !== MODELS);
    this.models = new Map(models.map((entry, i) => [entry.number, [...data.models[i], ...[0, "", ""].slice(data.models[i].length - 2)]]));
    this.pairs = new Map(data.pairs.map(([head, model, place]) => [`${head} ${model}`, place]));
  }

  /* words */
  small(text) { return text.normalize("NFKD").toLowerCase().replace(this.patterns.marks, ""); }
  raw(text) { return [...this.small(text).replace(this.patterns.spaces, " ")].slice(0, this.data.longest).join("").replace(/^ +| +$/g, ""); }
  words(text) {
    let plain = this.small(text).replace(this.patterns.separators, " ");
    for (const pattern of this.patterns.splits) plain = plain.replace(pattern, "$1 $2");
    return plain.split(" ").filter(Boolean).map((word) => word.replace(this.patterns.plural, "$1"));
  }
  entry(page, number) {
    const [at, name, title, own = 0, others = [], , authors = [], about = ""] = page;
    const [label, weight, kind] = this.data.kinds[at];
    const by = authors.map((author) => this.data.authors[author]);
    const texts = [title, ...others];
    if (name && !name.includes("/")) texts.push(name);
    if (by.length) {
      const last = by.map((author) => author.split(" ").at(-1)), year = name.split("-").find((part) => /^[0-9]{4}$/.test(part)) || "";
      texts.push(`${(last.length < 3 ? last : last.slice(0, 1)).join(" ")} ${year}`, by[0]);
    }
    const names = texts.map((text) => this.words(text)).filter((words) => words.length);
    const bag = new Map(this.words(about).map((word) => [word, this.weights.about]));
    for (const words of [...names, ...by.map((author) => this.words(author))]) for (const word of words) bag.set(word, 100);
    return { number, kind, path: kind + (name ? `${name}/` : ""), title, label, extra: 6 * weight + own, names, tight: names.map((words) => words.join("")), bag };
  }
  asked(text) {
    const words = this.words(text), near = words.map((word) => this.near(word));
    const weights = words.map((word, i) => {
      const best = most([...near[i].values()]);
      const known = [...near[i]].filter(([, sure]) => sure === best).map(([other]) => this.rarity.get(other));
      return this.rarity.get(word) ?? (known.length ? most(known) : this.weights.unknown);
    });
    return { words, weights, near, total: Math.max(1, weights.reduce((a, b) => a + b, 0)) };
  }
  near(word) {
    const { slack: slacks, exact, prefix, typo, stem: ending } = this.weights, letters = [...word], size = letters.length;
    const slack = size < slacks[0] ? 0 : size < slacks[1] ? 1 : 2, digits = /[0-9]/.test(word), known = this.rarity.has(word);
    if (this.rarity.get(word) === this.weights.stop) return new Map([[word, exact]]);
    const meant = new Map();
    for (const other of this.spoken) {
      if (other === word) meant.set(other, exact);
      else if (size > 1 && other.startsWith(word) && !/[0-9]/.test(other[word.length])) meant.set(other, size > 2 ? prefix : ending);
      else if (!digits && size > 4 && stem(word, other)) meant.set(other, ending);
      else if (slack && !digits && !known) {
        const steps = distance(word, other, slack);
        if (steps <= slack) meant.set(other, typo[steps]);
      }
    }
    return meant;
  }

  /* pages */
  covered(asked, met) { return Math.floor(met.reduce((sum, sure, i) => sum + sure * asked.weights[i], 0) / asked.total); }
  rate(entry, asked) {
    let best = { met: asked.words.map(() => 0), covered: 0, named: 0, score: 0, close: false };
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
      if (score > best.score) best = { met, covered, named, score, close };
    });
    const met = asked.near.map((near) => {
      let sure = 0;
      for (const [word, how] of near) if (entry.bag.has(word)) sure = Math.max(sure, Math.floor((how * entry.bag.get(word)) / 100));
      return sure;
    });
    const covered = this.covered(asked, met);
    return 7 * covered > best.score ? { ...best, met, covered, score: 7 * covered } : best;
  }
  byWords(asked) {
    const rates = this.entries.map((entry) => this.rate(entry, asked)), whole = asked.words.join(""), long = [...whole].length;
    for (const entry of this.entries) {
      let rate = rates[entry.number];
      const better = (covered, named, score) => { if (score > rate.score) rate = { met: rate.met, covered, named, score, close: false }; };
      for (const tight of entry.tight) {
        if (tight === whole) rate = { met: asked.words.map(() => 100), covered: 100, named: 100, score: 1100, close: false };
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
    const places = this.entries.filter((e) => rates[e.number].covered >= least).map((e) => this.place(e, rates[e.number].score));
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
    const best = this.best(MODELS, rates), close = best.filter((model) => rates[model.number].close), both = [];
    for (const head of this.best(TYPES, rates)) for (const model of close.length ? close : best) {
      const a = rates[head.number], b = rates[model.number], covered = this.covered(asked, a.met.map((one, i) => Math.max(one, b.met[i])));
      if (covered < 70 || covered < Math.max(a.covered, b.covered) + 10) continue;
      const score = Math.floor((650 * covered + 175 * (a.named + b.named)) / 100) + Math.min(20, 2 * bits(this.models.get(model.number)[2]));
      both.push([score, head, model]);
    }
    both.sort((x, y) => y[0] - x[0] || x[1].number - y[1].number || x[2].number - y[2].number);
    if (!both.length) return ["", []];
    const told = ([, head, model]) => this.pairs.get(`${head.number} ${model.number}`);
    const known = both.filter((pair) => told(pair) !== undefined).slice(0, NEAREST);
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
      const pattern = new RegExp(rule.pattern, "g");
      for (let found = 0, match; found < MOST_MATCHES && (match = pattern.exec(raw)); found++) {
        const [one, other] = [+match[1], +match[2]], [layer, head] = rule.order === "layer head" ? [one, other] : [other, one];
        yield { layer, head, name: `L${layer}H${head}`, sure: rule.sure, rest: `${raw.slice(0, match.index)} ${raw.slice(match.index + match[0].length)}` };
        pattern.lastIndex = match.index + 1;
      }
    }
  }
  ofModels(written) {
    const asked = this.asked(written.rest);
    if (!asked.weights.some((weight) => weight > 3)) return ["", this.ofAll(written, 0)];
    const rates = this.entries.map((e) => (e.kind === MODELS || e.kind === TYPES ? this.rate(e, asked) : { named: 0, covered: 0 }));
    const models = this.entries.filter((e) => this.models.has(e.number) && rates[e.number].named >= LEAST_OF_MODEL);
    const best = most(models.map((e) => rates[e.number].covered)), heads = written.sure && best < 100 ? this.best(TYPES, rates) : [];
    const types = this.entries.filter((e) => e.kind === TYPES && rates[e.number].covered >= Math.max(SURE_PART, best)).map((e) => e.number);
    if (written.sure && types.length) {
      const told = new Set(this.data.pairs.filter(([head]) => types.includes(head)).map(([, model]) => this.entries[model].path));
      return ["", this.ofAll(written, 300).filter((place) => told.has(place.path.slice(0, place.path.lastIndexOf("L"))))];
    }
    const together = (a, b) => this.covered(asked, a.map((one, i) => Math.max(one, b[i])));
    const both = (e) => most([rates[e.number].covered, ...heads.map((head) => together(rates[e.number].met, rates[head.number].met))]);
    const meant = models.filter((e) => both(e) >= (written.sure ? SURE_PART : UNSURE_PART) && rates[e.number].covered >= best - 10);
    if (meant.length) return this.inModels(written, meant, rates);
    if (!written.sure) return null;
    return [said(this.data.notes.no_model, written.rest.split(" ").filter(Boolean).join(" "), written.name), this.ofAll(written, 0)];
  }
  ofAll(written, more) {
    return this.entries.filter((e) => this.models.has(e.number) && this.has(e, written))
      .map((e) => this.head(e, written, 1400 + more + this.fame(e, written)));
  }
  inModels(written, meant, rates) {
    const of = (e) => rates[e.number].score, said_of = (e) => this.models.get(e.number)[2];
    const first = [...meant].sort((a, b) => of(b) - of(a) || said_of(b) - said_of(a) || a.number - b.number)[0];
    const here = meant.filter((e) => this.has(e, written));
    const places = here.map((e) => this.head(e, written, 1500 + Math.floor(of(e) / 2) + this.fame(e, written)));
    if (most(here.map(of)) >= of(first) - 50 || (here.length && rates[first.number].named < WHOLE)) return ["", places];
    const [layers, heads] = this.models.get(first.number), { notes } = this.data;
    const note = written.layer < layers && written.head < heads ? said(notes.unnamed, first.title, written.name) : said(notes.outside, first.title, layers, heads, written.name);
    return [note, [this.place(first, 2500), ...places]];
  }
  fame({ number }, written) { return (this.among(this.models.get(number)[4], written) ? 200 : 0) + 4 * bits(this.models.get(number)[2]); }
  has(entry, written) {
    const [layers, heads, , pages] = this.models.get(entry.number);
    return written.layer < layers && written.head < heads && (pages === "*" || this.among(pages, written));
  }
  among(packed, written) {
    const layer = packed.split(" ").find((one) => one.startsWith(`${written.layer}:`));
    return layer !== undefined && layer.split(":")[1].split(",").includes(String(written.head));
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
    const asked = this.asked(rest);
    if (asked.words.length) {
      const [noPair, rates, others] = this.byWords(asked);
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
