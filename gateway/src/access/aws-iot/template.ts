import { stringify } from 'yaml'
import { HOOK_KEY_HEADER } from '../hooks/hook-key.ts'
import { AUTHORIZER_PATH } from './authorizer.ts'

/** AWS waits five seconds for an authorizer. */
const FUNCTION_SECONDS = 5
const FETCH_MS = 4000

/**
 * The Lambda function of the authorizer. It knows nothing: it hands on who wants to connect, and the answer. Whatever
 * goes wrong is thrown, which AWS takes for a refusal.
 */
const AUTHORIZER_SOURCE = `const { env } = process
exports.handler = async (event, context) => {
  const { clientId = '', username = '', password = '' } = event.protocolData?.mqtt ?? {}
  const [, partition, , region, account] = context.invokedFunctionArn.split(':')
  const response = await fetch(env.MCHAT_URL + '${AUTHORIZER_PATH}', {
    method: 'POST',
    headers: { 'content-type': 'application/json', '${HOOK_KEY_HEADER}': env.MCHAT_BROKER_HOOK_KEY },
    body: JSON.stringify({
      client_id: clientId,
      // The device SDKs of AWS write their own name behind a question mark.
      username: username.split('?')[0],
      password,
      scope: ['arn', partition, 'iot', region, account].join(':'),
    }),
    signal: AbortSignal.timeout(${FETCH_MS}),
  })
  if (response.status !== 200) throw new Error('The gateway answered ' + response.status + '.')
  return await response.json()
}
`

const arn = (resource: string) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:${resource}` })
const ref = (name: string) => ({ Ref: name })
const attribute = (name: string, key: string) => ({ 'Fn::GetAtt': [name, key] })
const ifSet = (condition: string, value: unknown) => ({ 'Fn::If': [condition, value, ref('AWS::NoValue')] })
const isSet = (parameter: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': ['', ref(parameter)] }, ''] }] })
const isText = (parameter: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [ref(parameter), ''] }] })

const domain = (suffix: string, protocol: 'SECURE_MQTT' | 'MQTT_WSS', parameter: string, condition: string) => ({
  Type: 'AWS::IoT::DomainConfiguration',
  Properties: {
    // Another name with another domain: AWS can change neither, and does not let two have the same name.
    DomainConfigurationName: {
      'Fn::If': [
        condition,
        { 'Fn::Sub': `\${AWS::StackName}-${suffix}-own` },
        { 'Fn::Sub': `\${AWS::StackName}-${suffix}` },
      ],
    },
    ServiceType: 'DATA',
    AuthenticationType: 'CUSTOM_AUTH',
    ApplicationProtocol: protocol,
    AuthorizerConfig: { DefaultAuthorizerName: ref('Authorizer'), AllowAuthorizerOverride: false },
    DomainName: ifSet(condition, ref(parameter)),
    ServerCertificateArns: ifSet(condition, [ref('CertificateArn')]),
    ValidationCertificateArn: ifSet('HasValidationCertificate', ref('ValidationCertificateArn')),
    TlsConfig: { SecurityPolicy: 'IotSecurityPolicy_TLS13_1_2_2022_10' },
  },
})

const text = (Description: string, rest: object = {}) => ({ Type: 'String', Description, ...rest })

const TEMPLATE = {
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'What MChat needs of AWS IoT Core (docs/brokers-aws-iot.md).',
  Parameters: {
    GatewayUrl: text('Scheme, host and port of the gateways, or of what distributes to them.', {
      AllowedPattern: '^https://[^/]+$',
    }),
    HookKey: text('MCHAT_BROKER_HOOK_KEY of the gateways.', {
      NoEcho: true,
      AllowedPattern: '^[A-Za-z0-9_-]{32,256}$',
    }),
    Subnets: {
      Type: 'CommaDelimitedList',
      Default: '',
      Description: 'From where the gateways can be reached, if not from the Internet.',
    },
    SecurityGroups: { Type: 'CommaDelimitedList', Default: '', Description: 'Of the function in these subnets.' },
    MqttDomain: text('A domain name of your own for MQTT. Default: one of AWS.', { Default: '' }),
    WebSocketDomain: text('A domain name of your own for MQTT over WebSocket. Default: one of AWS.', { Default: '' }),
    CertificateArn: text('A certificate of ACM for these domain names.', { Default: '' }),
    ValidationCertificateArn: text('A public one for them, if that is from an authority of your own.', { Default: '' }),
  },
  Rules: {
    DomainsHaveACertificate: {
      RuleCondition: { 'Fn::Or': [isText('MqttDomain'), isText('WebSocketDomain')] },
      Assertions: [{ Assert: isText('CertificateArn'), AssertDescription: 'Domain names need CertificateArn.' }],
    },
  },
  Conditions: {
    HasSubnets: isSet('Subnets'),
    HasMqttDomain: isText('MqttDomain'),
    HasWebSocketDomain: isText('WebSocketDomain'),
    HasValidationCertificate: isText('ValidationCertificateArn'),
  },
  Resources: {
    FunctionRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
        ManagedPolicyArns: [
          arn('iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'),
          ifSet('HasSubnets', arn('iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole')),
        ],
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Description: 'Asks MChat who may connect.',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Timeout: FUNCTION_SECONDS,
        Role: attribute('FunctionRole', 'Arn'),
        Environment: { Variables: { MCHAT_URL: ref('GatewayUrl'), MCHAT_BROKER_HOOK_KEY: ref('HookKey') } },
        VpcConfig: ifSet('HasSubnets', { SubnetIds: ref('Subnets'), SecurityGroupIds: ref('SecurityGroups') }),
        Code: { ZipFile: AUTHORIZER_SOURCE },
      },
    },
    Authorizer: {
      Type: 'AWS::IoT::Authorizer',
      Properties: {
        AuthorizerName: ref('AWS::StackName'),
        AuthorizerFunctionArn: attribute('Function', 'Arn'),
        SigningDisabled: true,
        Status: 'ACTIVE',
      },
    },
    FunctionPermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: ref('Function'),
        Principal: 'iot.amazonaws.com',
        SourceArn: attribute('Authorizer', 'Arn'),
      },
    },
    MqttDomainConfiguration: domain('mqtt', 'SECURE_MQTT', 'MqttDomain', 'HasMqttDomain'),
    WebSocketDomainConfiguration: domain('wss', 'MQTT_WSS', 'WebSocketDomain', 'HasWebSocketDomain'),
    GatewayPolicy: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: {
        Description: 'Lets a gateway of MChat end connections.',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'iot:DeleteConnection',
              Resource: arn(`iot:\${AWS::Region}:\${AWS::AccountId}:client/*`),
            },
          ],
        },
      },
    },
  },
  Outputs: {
    GatewayPolicyArn: { Description: 'To be attached to the role of the gateways.', Value: ref('GatewayPolicy') },
  },
}

/** Everything of AWS IoT Core that MChat needs, as a CloudFormation template. */
export const renderAwsTemplate = (): string =>
  `# What MChat needs of AWS IoT Core: docs/brokers-aws-iot.md explains it.
# Made by "npm run generate" from gateway/src/access/aws-iot/template.ts.
${stringify(TEMPLATE, { version: '1.1', lineWidth: 120, blockQuote: 'literal', aliasDuplicateObjects: false })}`
