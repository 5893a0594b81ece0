/**
 * Campaign files: what is accepted, what is refused, and which runs they stand for.
 */

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { campaignText, plansFor, SMALL } from '#spec/campaigns/campaign.js';
import { expand, plansOf } from '#src/campaigns/grid.js';
import { parseCampaign, readCampaign } from '#src/campaigns/schema.js';
import { LoopproofError } from '#src/error.js';
import { PROTOCOLS, type Protocol } from '#src/problem/protocol.js';

const shipped = (name: string) => {
  const file = `spec/campaigns/${name}`;
  return expand(readCampaign(file), file);
};

describe('campaign files', () => {
  it('expand into blocks × agents × perturbations × seeds, in their order', () => {
    const plans = plansFor([
      { name: 'a', ...SMALL, seeds: [5, 3], agents: ['tanh', 'relu'], perturbations: [{ name: 'x' }, { name: 'y' }] },
      { name: 'b', ...SMALL, seeds: 2 },
    ]);
    expect(plans.map(({ id }) => id)).toEqual([
      ...['tanh, x', 'tanh, y', 'relu, x', 'relu, y'].flatMap((condition) => [`a/${condition}/5`, `a/${condition}/3`]),
      'b/original/0',
      'b/original/1',
    ]);
  });

  it('change protocols field by field, a perturbation over its block', () => {
    const [plan] = plansFor([
      {
        name: 'a',
        protocol: 'text',
        seeds: 1,
        horizon: 25,
        optimizer: { lr: 0.5 },
        perturbations: [
          {
            name: 'x',
            optimizer: { lr: 0.003, clip: null },
            loss: { beta: 0.05, control: 'sum-batch' },
            feedback: 0.5,
            weightScale: 0.3,
            noise: { observation: 0.05 },
          },
        ],
      },
    ]);
    const { plant: _plant, ...text } = PROTOCOLS.text;
    expect(plan!.problem).toMatchObject({
      weightScale: 0.3,
      protocol: {
        ...text,
        horizon: 25,
        optimizer: { kind: 'sgd', lr: 0.003, clip: null },
        loss: { state: 'text', beta: 0.05, control: 'sum-batch' },
        plant: { kind: 'linear', B: [[0], [0.5]], C: [[1, 0]] },
        noise: { observation: 0.05 },
      },
    });
    expect(plan!.measure.horizons).toEqual([25]);
  });

  it('give low-rank agents the tensors that full-rank ones would train', () => {
    const [plan] = plansFor([{ name: 'a', ...SMALL, seeds: 1, agents: ['linear-low-rank'] }]);
    const { agent, trained } = plan!.problem.protocol as Protocol;
    expect(agent).toEqual({ kind: 'linear-low-rank', N: 10, rank: 1, leak: 1 });
    expect(trained).toEqual(['m', 'U', 'V', 'z']);
  });

  it('train the biases of gated agents too, unless told otherwise', () => {
    const plans = plansFor([
      {
        name: 'a',
        ...SMALL,
        seeds: 1,
        agents: ['gru'],
        perturbations: [{ name: 'x' }, { name: 'y', trained: ['Who'] }],
      },
    ]);
    expect(plans.map(({ problem }) => problem.protocol)).toMatchObject([
      { agent: { kind: 'gru', N: 10 }, trained: ['Wih', 'Whh', 'Who', 'bih', 'bhh'] },
      { trained: ['Who'] },
    ]);
  });

  it('draw random numbers by the run alone: other blocks, seeds and their order change nothing', () => {
    const block = { name: 'a', ...SMALL, seeds: 3 };
    const alone = plansFor([block]);
    const among = plansFor([
      { name: 'z', ...SMALL, seeds: 2 },
      { ...block, seeds: [2, 0, 1] },
    ]);
    for (const plan of alone) expect(among).toContainEqual(plan);
    const seeds = new Set(among.map(({ seed }) => seed));
    expect(seeds.size).toBe(among.length);
    expect(plansFor([block], { seed: 1 })[0]!.seed).not.toBe(alone[0]!.seed);
  });

  it('tell runs whose settings differ by their digests', () => {
    const digest = (change: object): string => plansFor([{ name: 'a', ...SMALL, seeds: 1, ...change }])[0]!.digest;
    const digests = [
      {},
      { epochs: 13 },
      { measure: { every: 2 } },
      { weightScale: 0.2 },
      { noise: { observation: 0.1 } },
    ].map(digest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('may name another protocol, and a task with it, in a perturbation', () => {
    const plans = plansFor([
      {
        name: 'a',
        protocol: 'text',
        seeds: 1,
        epochs: 7,
        perturbations: [{ name: 'x' }, { name: 'y', protocol: 'tracking', horizon: 30 }],
      },
    ]);
    expect(plans.map(({ problem }) => problem.kind)).toEqual(['batches', 'tracking']);
    expect(plans[1]!.problem.protocol).toMatchObject({
      epochs: 7,
      horizon: 30,
      plant: { dt: 0.1 },
      optimizer: { kind: 'adam', lr: 1e-3, clip: null },
    });
  });

  it('hold the audit’s grid', () => {
    const blocks = shipped('audit.yaml');
    expect(blocks.map(({ conditions }) => conditions.flatMap(({ plans }) => plans).length)).toEqual([50, 195, 120, 40]);
    const robust = blocks[1]!.conditions.map(({ expected }) => expected!.proportions!);
    const total = (name: string): number => robust.reduce((sum, proportions) => sum + proportions[name]![0], 0);
    // What the conditions are said to have found adds up to what the block is said to.
    expect({ peak: total('peak'), gap: total('gap'), stages: total('stages'), crossing: total('crossing') }).toEqual({
      peak: 165,
      gap: 60,
      stages: 180,
      crossing: 180,
    });
  });

  it('may be YAML', () => {
    const text = 'format: loop-campaign/1\nname: y\nblocks:\n  - {name: a, protocol: text, seeds: 2}\n';
    expect(plansOf(expand(parseCampaign(text, 'y'), 'y'))).toHaveLength(2);
  });

  it.each(readdirSync('spec/campaigns').filter((name) => name.endsWith('.yaml')))(
    'that are shipped are accepted: %s',
    (name) => {
      const plans = plansOf(shipped(name));
      expect(new Set(plans.map(({ id }) => id)).size).toBe(plans.length);
      expect(new Set(plans.map(({ seed }) => seed)).size).toBe(plans.length);
    },
  );
});

describe('campaign files are refused', () => {
  const block = { name: 'a', ...SMALL, seeds: 1 };
  const lowRank = { ...block, agent: { kind: 'linear-low-rank', N: 5 } };
  it.each<[string, string, RegExp]>([
    ['no YAML', 'blocks: [', /YAML or JSON/],
    ['another format', JSON.stringify({ format: 'x' }), /format/],
    ['an unknown key', campaignText([block], { color: 1 }), /unknown field "color"/],
    ['an unknown key of a block', campaignText([{ ...block, seed: 1 }]), /blocks\[0\].*unknown field "seed"/],
    [
      'an unknown key of a perturbation',
      campaignText([{ ...block, perturbations: [{ name: 'x', optimizer: { rate: 1 } }] }]),
      /perturbations\[0\]\.optimizer.*unknown field "rate"/,
    ],
    [
      'an unknown protocol',
      campaignText([{ ...block, protocol: 'nonsense' }]),
      /expected one of "artifact-lowrank", "artifact-tanh"/,
    ],
    ['no blocks', campaignText([]), /at least one block/],
    ['no seeds', campaignText([{ ...block, seeds: [] }]), /seeds: received \[\], expected at least 1 entry;/],
    ['zero seeds', campaignText([{ ...block, seeds: 0 }]), /seeds/],
    [
      'no perturbations',
      campaignText([{ ...block, perturbations: [] }]),
      /perturbations: received \[\], expected at least 1 entry/,
    ],
    ['no agents', campaignText([{ ...block, agents: [] }]), /agents/],
    ['a block twice', campaignText([block, block]), /"a" twice/],
    ['a perturbation twice', campaignText([{ ...block, perturbations: [{ name: 'x' }, { name: 'x' }] }]), /"x" twice/],
    ['a seed twice', campaignText([{ ...block, seeds: [1, 2, 1] }]), /"1" twice/],
    ['a name with a slash', campaignText([{ ...block, name: 'a/b' }]), /without \//],
    [
      'too many units',
      campaignText([{ ...block, agent: { N: 1e9 } }]),
      /agent\.N: received 1000000000, expected at most 100000;/,
    ],
    ['text for a number', campaignText([{ ...block, epochs: 'ten' }]), /epochs: received "ten", expected a number;/],
    ['too many epochs', campaignText([{ ...block, epochs: 1e9 }]), /epochs/],
    ['too many seeds', campaignText([{ ...block, seeds: 1e12 }]), /seeds/],
    [
      'too many runs',
      campaignText([
        { ...block, seeds: 60_000 },
        { ...block, name: 'b', seeds: 60_000 },
      ]),
      /120000 runs/,
    ],
    ['a rank of a full-rank agent', campaignText([{ ...block, agent: { rank: 2 } }]), /unknown field "rank"/],
    ['momentum under Adam', campaignText([{ ...block, optimizer: { kind: 'adam', momentum: 0.5 } }]), /momentum/],
    ['Adam for a low-rank agent', campaignText([{ ...lowRank, optimizer: { kind: 'adam' } }]), /plain SGD/],
    ['weight decay for a low-rank agent', campaignText([{ ...lowRank, optimizer: { weightDecay: 0.1 } }]), /plain SGD/],
    ['rates of two epochs', campaignText([{ ...block, optimizer: { lr: [0.1, 0.2] } }]), /one for each of \d+ epochs/],
    ['noise for a low-rank agent', campaignText([{ ...lowRank, noise: { observation: 1 } }]), /full-rank/],
    ['tensors of another agent', campaignText([{ ...block, trained: ['U'] }]), /tensors of a tanh agent/],
    [
      'a population of starts',
      campaignText([{ ...block, start: { kind: 'population', variance: 1 } }]),
      /uniform or normal/,
    ],
    [
      'a feedback of the tracking task',
      campaignText([{ name: 'a', protocol: 'tracking', seeds: 1, feedback: 2 }]),
      /unknown field "feedback"/,
    ],
    [
      'a tanh agent that tracks',
      campaignText([{ name: 'a', protocol: 'tracking', seeds: 1, agents: ['tanh'] }]),
      /a linear agent/,
    ],
    ['a scale for a GRU', campaignText([{ ...block, agents: ['gru'], weightScale: 1 }]), /PyTorch/],
    [
      'a verdict that no run has',
      campaignText([{ ...block, expected: { proportions: { peek: [1, 2] } } }]),
      /blocks\[0\]\.expected\.proportions: received the unknown name "peek".*did you mean peak,/,
    ],
    [
      'a number that no run has',
      campaignText([{ ...block, perturbations: [{ name: 'x', expected: { medians: { crossing: 1 } } }] }]),
      /perturbations\[0\]\.expected\.medians.*"crossing".*did you mean closed\.crossing, open\.crossing or/,
    ],
    [
      'a number of a single run that no run has',
      campaignText([{ ...block, expected: { run: { 'closed.k1': 1, 'closed.k0': 1 } } }]),
      /expected\.run: .*"closed\.k0"/,
    ],
    ['a step of size zero', campaignText([{ ...block, optimizer: { lr: 0 } }]), /lr/],
  ])('with %s', (_, text, message) => {
    const attempt = (): unknown => expand(parseCampaign(text, 'file'), 'file');
    expect(attempt).toThrow(LoopproofError);
    expect(attempt).toThrow(message);
  });
});
