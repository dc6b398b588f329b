// What an async iterable gives, as an array: Node 20 has no `Array.fromAsync`.

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
