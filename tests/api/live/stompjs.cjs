// Obeys one JSON object a line from standard input with the real STOMP client, and tells what
// happens as one JSON object a line.
'use strict';

const readline = require('node:readline');
const { Client, Versions } = require('@stomp/stompjs');
const SockJS = require('sockjs-client');
const WebSocket = require('ws');

Object.assign(globalThis, { WebSocket });

const tell = (what, more = {}) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`);
let client;
let number = 0;

function watched(act) {
  const receipt = `r-${++number}`;
  client.watchForReceipt(receipt, () => tell('receipt', { receipt }));
  act({ receipt });
}

function connect({ url, headers, versions, beat, sockjs }) {
  client = new Client({
    ...(sockjs ? { webSocketFactory: () => new SockJS(url) } : { brokerURL: url }),
    connectHeaders: headers,
    stompVersions: new Versions(versions),
    reconnectDelay: 0,
    heartbeatIncoming: beat ?? 0,
    heartbeatOutgoing: beat ?? 0,
    onConnect: (frame) => tell('connected', { headers: frame.headers }),
    onDisconnect: () => tell('disconnected'),
    onStompError: (frame) => tell('error', { message: frame.headers.message, body: frame.body }),
    onWebSocketClose: ({ code, reason }) => tell('closed', { code, reason }),
    debug: (text) => { if (text === '<<< PONG') tell('beat'); },
  });
  client.activate();
}

const orders = {
  connect,
  subscribe: ({ id, destination }) => watched((headers) => client.subscribe(
    destination,
    (message) => tell('message', { body: message.body, headers: message.headers }),
    { id, ...headers },
  )),
  unsubscribe: ({ id }) => watched((headers) => client.unsubscribe(id, headers)),
  disconnect: () => client.deactivate(),
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  orders[order.do](order);
});
