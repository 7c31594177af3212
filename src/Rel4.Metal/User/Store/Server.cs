using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Answers requests.</summary>
internal static class Server
{
    /// <summary>Answers what comes by channels and by synchronous messages, for ever.</summary>
    public static async CoTask ServeAsync()
    {
        var table = new Table(Program.Layout.Work);
        var reply = new byte[KvMessage.Longest];
        IpcRequest request = await ReL4.Recv(KvLayout.Endpoint);
        while (true)
        {
            KvStatus status = table.Handle(request.Label, request.Payload, reply, out int bytes);
            request = await ReL4.ReplyRecv(KvLayout.Endpoint, request, (ushort)status, reply.AsMemory(0, bytes));
        }
    }

    /// <summary>Answers synchronous messages alone, for ever.</summary>
    /// <remarks>The bell is not waited for, and a thread with a bound notification is none that the fast path takes.</remarks>
    public static void ServeSynchronously(KvLayout layout)
    {
        SeL4.TCB_UnbindNotification(BrokerLayout.Thread);
        var table = new Table(layout.Work);
        MessageInfo info = SeL4.Recv(KvLayout.Endpoint, out _);
        while (true)
        {
            Span<byte> message = KvLayout.SynchronousMessage;
            KvStatus status = table.Handle(info.Label, message.Slice(0, (int)info.Length * sizeof(ulong)), message, out int bytes);
            info = SeL4.ReplyRecv(KvLayout.Endpoint, layout.Describe((ushort)status, bytes), out _);
        }
    }
}
