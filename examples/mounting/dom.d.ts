// What the types of @hono/node-server ask of the DOM's, which this project does without.

type RequestInfo = string | URL | Request
