using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Answers each message with itself, whichever way it comes.</summary>
internal static class SyncServer
{
    /// <summary>Label of the call after which the server ends.</summary>
    public const ulong Last = 1;

    /// <summary>Names the Unix socket.</summary>
    public const string Socket = "socket";

    public static int Run()
    {
        BenchmarkTask.Pin();
        BenchmarkTask.OpenSocketsToAll();
        UnixSocket.Serve(Socket, UnixSocket.Echo);
        NamedPipe.Serve();
        Http2.Serve();
        ulong calls = TaskContext.Endpoint(Scenario.Calls).CPtr;
        MessageInfo message = SeL4.Recv(calls, out _);
        while (message.Label != Last)
            message = SeL4.ReplyRecv(calls, new MessageInfo(0, 0, 0, message.Length), out _);
        SeL4.Reply(default);
        return 0;
    }
}
