using Rel4.Abi;
using Rel4.Hosted.Bench;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;

// A client and a server, each a process of its own, meet through the kernel and through a Unix socket in turn.
string folder = Directory.CreateTempSubdirectory("rel4-bench-").FullName;
File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
var policy = SandboxPolicy.Strict with { Sockets = SocketAccess.Unix, WritablePaths = [folder] };

var builder = new SystemBuilder();
EndpointDefinition calls = builder.AddEndpoint("calls");
builder.AddTask("server", Server.Run)
    .Grant("calls", calls, CapRights.Read)
    .Environment(UnixSocketPeer.PathVariable, Path.Combine(folder, "socket"))
    .Sandbox(policy);
builder.AddTask("client", Client.Run)
    .Grant("calls", calls, CapRights.Write | CapRights.GrantReply)
    .Environment(UnixSocketPeer.PathVariable, Path.Combine(folder, "socket"))
    .Sandbox(policy)
    .StartAfter("server");

int result = await builder.RunAsync();
Directory.Delete(folder, recursive: true);
return result;
