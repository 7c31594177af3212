using System.Globalization;
using Rel4.Samples.Kv;

// Rel4.Samples.Kv [port] [async | sync | none]
int port = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 6380;
KvIpc ipc = args.Length > 1 ? Enum.Parse<KvIpc>(args[1], ignoreCase: true) : KvIpc.Async;
return await KvSystem.Compose(port, ipc).RunAsync();
