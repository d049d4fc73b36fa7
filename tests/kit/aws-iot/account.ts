/** Where the stand-in is, and what its resources are called. */
export const REGION = 'eu-central-1'
export const ACCOUNT = '123456789012'
/** Of a client, a topic or a topic filter: `client/{id}`, `topic/{topic}`, `topicfilter/{filter}`. */
export const RESOURCE_PREFIX = `arn:aws:iot:${REGION}:${ACCOUNT}:`
export const AUTHORIZER_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:mchat-authorizer`
