// A statement as a tree, which DuckDB's parser makes as JSON.

/** What of a node is looked at. Each is of one type, and has but a few of these. */
export interface SyntaxNode {
  readonly class?: string
  readonly type?: unknown
  readonly schema_name?: string
  readonly table_name?: string
  readonly alias?: string
  readonly ref_type?: unknown
  readonly column_names?: readonly string[]
  readonly column_name_alias?: readonly string[]
  readonly function_name?: string
  readonly from_table?: SyntaxNode
  readonly where_clause?: SyntaxNode | null
  readonly children?: readonly SyntaxNode[]
  readonly left?: SyntaxNode
  readonly right?: SyntaxNode
  readonly input?: SyntaxNode
  readonly lower?: SyntaxNode
  readonly upper?: SyntaxNode
}

/** Calls `visitor` for every node, from the root on. */
export function visit(tree: unknown, visitor: (node: SyntaxNode) => void): void {
  if (typeof tree !== "object" || tree === null) return
  if (!Array.isArray(tree)) visitor(tree)
  for (const child of Object.values(tree)) visit(child, visitor)
}
