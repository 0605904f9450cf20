/* A small decoder of the Llama family, in plain arithmetic: embedding, and per layer RMSNorm, rotary attention (key-value heads may be
   shared) and a gated MLP with SiLU; then a last norm and the embedding again as unembedding. Weights are safetensors. Sums are taken in
   double precision. It knows nothing of pages. */

/* sixteen bits as a number: one sign, five exponent, ten fraction */
const half = (bits) => {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
};

/* a safetensors file: eight bytes with the length of a JSON header, the header, the numbers */
export const readTensors = (buffer) => {
  const size = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
  const tensors = {};
  delete header.__metadata__;
  for (const [name, { dtype, shape, data_offsets: [start, end] }] of Object.entries(header)) {
    const bytes = buffer.slice(8 + size + start, 8 + size + end);
    if (dtype === "F32") tensors[name] = { shape, values: new Float32Array(bytes) };
    else if (dtype === "F16") tensors[name] = { shape, values: Float32Array.from(new Uint16Array(bytes), half) };
    else throw new Error(`${name} is stored as ${dtype}`);
  }
  return tensors;
};

export const makeModel = (shape, tensors) => {
  const values = (name) => tensors[name].values;
  return {
    ...shape,
    width: tensors["model.embed_tokens.weight"].shape[1],
    words: tensors["model.embed_tokens.weight"].shape[0],
    embedding: values("model.embed_tokens.weight"),
    lastNorm: values("model.norm.weight"),
    blocks: Array.from({ length: shape.layers }, (_, layer) => {
      const at = (name) => values(`model.layers.${layer}.${name}.weight`);
      return {
        norm: at("input_layernorm"), q: at("self_attn.q_proj"), k: at("self_attn.k_proj"), v: at("self_attn.v_proj"), out: at("self_attn.o_proj"),
        mlpNorm: at("post_attention_layernorm"), gate: at("mlp.gate_proj"), up: at("mlp.up_proj"), down: at("mlp.down_proj"),
      };
    }),
  };
};

/* rows of `input` (each `width` numbers) times a matrix [out, width]; four sums side by side, since one alone waits for its own additions */
const times = (input, width, matrix) => {
  const rows = input.length / width, out = matrix.length / width, result = new Float64Array(rows * out);
  for (let o = 0; o < out; o += 4) {
    const some = Math.min(4, out - o), b0 = o * width, b1 = b0 + (some > 1) * width, b2 = b1 + (some > 2) * width, b3 = b2 + (some > 3) * width;
    for (let row = 0; row < rows; row++) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (let i = 0, a = row * width; i < width; i++) {
        const x = input[a + i];
        s0 += x * matrix[b0 + i];
        s1 += x * matrix[b1 + i];
        s2 += x * matrix[b2 + i];
        s3 += x * matrix[b3 + i];
      }
      const to = row * out + o;
      result[to] = s0;
      if (some > 1) result[to + 1] = s1;
      if (some > 2) result[to + 2] = s2;
      if (some > 3) result[to + 3] = s3;
    }
  }
  return result;
};

/* each row divided by the root of its mean square, then scaled */
const normed = (input, scale, epsilon) => {
  const width = scale.length, result = new Float64Array(input.length);
  for (let start = 0; start < input.length; start += width) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += input[start + i] ** 2;
    const by = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) result[start + i] = input[start + i] * by * scale[i];
  }
  return result;
};

const add = (stream, written) => { for (let i = 0; i < stream.length; i++) stream[i] += written[i]; };

/* turn the two halves of every head's vector by angles that grow with the position */
const rotate = (vectors, heads, size, base) => {
  const width = heads * size, middle = size / 2;
  for (let at = 0; at < vectors.length / width; at++) {
    for (let i = 0; i < middle; i++) {
      const angle = at / base ** (2 * i / size), cos = Math.cos(angle), sin = Math.sin(angle);
      for (let a = at * width + i; a < (at + 1) * width; a += size) {
        const x = vectors[a], y = vectors[a + middle];
        vectors[a] = x * cos - y * sin;
        vectors[a + middle] = y * cos + x * sin;
      }
    }
  }
};

export const softmax = (scores) => {
  let most = -Infinity, sum = 0;
  for (const score of scores) if (score > most) most = score;
  const result = Float64Array.from(scores, (score) => Math.exp(score - most));
  for (const value of result) sum += value;
  return result.map((value) => value / sum);
};

/* the pattern of one head, [query × key], and its mix of values, written into `mixed` */
const attend = (q, k, v, { query, heads, shared, kept, size, length, mixed }) => {
  const pattern = new Float32Array(length * length), own = heads * size, theirs = kept * size;
  for (let to = 0; to < length; to++) {
    const scores = new Float64Array(to + 1), a = to * own + query * size;
    for (let from = 0; from <= to; from++) {
      const b = from * theirs + shared * size;
      for (let i = 0; i < size; i++) scores[from] += q[a + i] * k[b + i];
      scores[from] /= Math.sqrt(size);
    }
    const row = softmax(scores);
    pattern.set(row, to * length);
    for (let from = 0; from <= to; from++) {
      const b = from * theirs + shared * size;
      for (let i = 0; i < size; i++) mixed[a + i] += row[from] * v[b + i];
    }
  }
  return pattern;
};

/* ids → every head's pattern (layer after layer, [query × key]) and the probabilities of the next token. The result of a head whose number
   (layer × heads + head) is in `off` is set to zero before the output matrix, at every position. */
export const run = (model, ids, off = new Set()) => {
  const { width, heads, keyValueHeads: kept, headSize: size, epsilon, ropeBase } = model;
  const length = ids.length, stream = new Float64Array(length * width), patterns = [];
  ids.forEach((id, at) => stream.set(model.embedding.subarray(id * width, (id + 1) * width), at * width));
  model.blocks.forEach((block, layer) => {
    const input = normed(stream, block.norm, epsilon);
    const q = times(input, width, block.q), k = times(input, width, block.k), v = times(input, width, block.v);
    rotate(q, heads, size, ropeBase);
    rotate(k, kept, size, ropeBase);
    const mixed = new Float64Array(length * heads * size);
    for (let query = 0; query < heads; query++) {
      const shared = Math.floor(query / (heads / kept));
      patterns.push(attend(q, k, v, { query, heads, shared, kept, size, length, mixed }));
      if (!off.has(layer * heads + query)) continue;
      for (let at = 0; at < length; at++) mixed.fill(0, (at * heads + query) * size, (at * heads + query + 1) * size);
    }
    add(stream, times(mixed, heads * size, block.out));
    const inner = normed(stream, block.mlpNorm, epsilon), gate = times(inner, width, block.gate), up = times(inner, width, block.up);
    for (let i = 0; i < gate.length; i++) gate[i] *= up[i] / (1 + Math.exp(-gate[i]));
    add(stream, times(gate, gate.length / length, block.down));
  });
  const last = normed(stream.subarray((length - 1) * width), model.lastNorm, epsilon);
  return { patterns, probabilities: softmax(times(last, width, model.embedding)) };
};

/* words ↔ ids: a text is cut into words, numbers and signs; a word is one token, or a beginning and a rest that is spelled "##rest" */
export const makeVocabulary = (tokens) => {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const BEGIN = ids.get("<bos>"), UNKNOWN = ids.get("<unk>");
  const words = tokens.filter((token) => !/^(##.*|<\w+>|\n)$/s.test(token));
  const CUT = /\n|\d\d(?=\d\d(?!\d))|\d{1,3}|\p{L}+(?:['’-]\p{L}+)*|[^\p{L}\p{N}_\s]|_|[^\s]/gu;
  const piecesOf = (word) => {
    const found = [];
    for (let start = 0; start < word.length;) {
      let end = word.length;
      while (end > start && !ids.has((start ? "##" : "") + word.slice(start, end))) end--;
      if (end === start) return null;
      found.push(ids.get((start ? "##" : "") + word.slice(start, end)));
      start = end;
    }
    return found;
  };
  /* how many letters must be changed, added or left out; 9 where it is clear that they are many */
  const distance = (a, b) => {
    if (Math.abs(a.length - b.length) > 4) return 9;
    let above = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) row.push(Math.min(row[j - 1] + 1, above[j] + 1, above[j - 1] + (a[i - 1] !== b[j - 1])));
      above = row;
    }
    return above[b.length];
  };
  return {
    tokens, words,
    /* the ids of a text, <bos> first, and its words that cannot be spelled, with their places */
    encode: (text) => {
      const found = [BEGIN], unknown = [];
      for (const { 0: word, index } of text.matchAll(CUT)) {
        const pieces = piecesOf(word);
        if (!pieces || pieces.includes(UNKNOWN)) unknown.push({ word, index });
        else found.push(...pieces);
      }
      return { ids: found, unknown };
    },
    nearest: (word, count = 3) => {
      const low = word.toLowerCase();
      return words.map((known) => [distance(low, known.toLowerCase()) + (known.toLowerCase() === low ? 0 : known[0] === word[0] ? 0 : .4), known])
        .sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).slice(0, count).map(([, known]) => known);
    },
    beginningWith: (part, count = 8) => {
      const low = part.toLowerCase(), found = words.filter((known) => known.toLowerCase().startsWith(low) && known !== part);
      return found.sort((a, b) => b.startsWith(part) - a.startsWith(part) || a.length - b.length || (a < b ? -1 : 1)).slice(0, count);
    },
  };
};
