import { describe, expect, it } from 'vitest';
import { connection } from './connection.ts';

const items = Array.from({ length: 1_234 }, (_, i) => i);
const page = async (args: Parameters<typeof connection>[1]) => {
  const { edges, pageInfo } = connection(items, args, (some) => some.map((item) => ({ item })));
  return { nodes: (await Promise.all(edges())).map((edge) => edge?.node.item), pageInfo };
};

describe('a page of a long list', () => {
  it('has all its items, in order, whatever its length', async () => {
    expect((await page({})).nodes).toEqual(items);
    expect((await page({ first: 501 })).nodes).toEqual(items.slice(0, 501));
    expect((await page({ last: 3 })).nodes).toEqual(items.slice(-3));
  });

  it('goes on behind the cursor of the page before', async () => {
    const { pageInfo } = await page({ first: 700 });
    expect((await page({ first: 700, after: pageInfo.endCursor })).nodes).toEqual(items.slice(700));
  });

  it('lets others have their turn while it is made', async () => {
    const edges = connection(items, {}, (some) => [...some]).edges();
    const order: string[] = [];
    setImmediate(() => order.push('another request'));
    await Promise.all(edges).then(() => order.push('the page'));
    expect(order).toEqual(['another request', 'the page']);
  });

  it('makes nothing where nobody asks for the items', () => {
    const { totalCount } = connection(items, {}, () => {
      throw new Error('asked');
    });
    expect(totalCount).toBe(1_234);
  });
});
