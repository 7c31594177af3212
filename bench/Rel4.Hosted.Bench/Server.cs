using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Bench;

/// <summary>Answers every call with its own words, and every socket message with itself.</summary>
internal static class Server
{
    /// <summary>Label of the call after which the server ends.</summary>
    public const ulong Last = 1;

    public static int Run()
    {
        var sockets = new Thread(UnixSocketPeer.Echo) { IsBackground = true };
        sockets.Start();
        ulong calls = TaskContext.Endpoint("calls").CPtr;
        MessageInfo message = SeL4.Recv(calls, out _);
        while (message.Label != Last)
            message = SeL4.ReplyRecv(calls, new MessageInfo(0, 0, 0, message.Length), out _);
        SeL4.Reply(default);
        return 0;
    }
}
