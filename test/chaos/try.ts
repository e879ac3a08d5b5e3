import { play } from './lib/scenario.ts';
const o = await play({ seed: +(process.argv[2]??1), agents: 8, points: 300, abandon: 0.2, network: { dropRequest: 0.01, dropReply: 0.01, cutReply: 0.005, duplicate: 0.02 }, faults: ['kill','before_commit','after_commit','term','kill'], longestLife: 300, leaseSeconds: 1, toTheEnd: true });
console.log(JSON.stringify(o,null,1));
process.exit(0);
