// Follows the config maps of a namespace with @kubernetes/client-node's informer and prints what it sees: "synced N",
// then "add", "update" or "delete" and a name. The first argument is a module folder that has the library.
import { createRequire } from 'node:module';

const [modules, namespace] = process.argv.slice(2);
const k8s = await import(createRequire(`${modules}/`).resolve('@kubernetes/client-node'));
const config = new k8s.KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(k8s.CoreV1Api);
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const informer = k8s.makeInformer(config, path, () => api.listNamespacedConfigMap({ namespace }));

let synced = false;
for (const event of ['add', 'update', 'delete']) {
  informer.on(event, (object) => synced && console.log(event, object.metadata.name));
}
// A watch that ends without an error is taken up again by the library; one that fails is for the program to restart.
informer.on('error', () => setTimeout(() => informer.start(), 10));
await informer.start();
synced = true;
console.log('synced', informer.list().length);
