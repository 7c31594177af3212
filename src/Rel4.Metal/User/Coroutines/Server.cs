using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Answers the calls that come by a channel.</summary>
internal sealed class Server(Listener listener, ChannelSource channel)
{
    /// <summary>Replies with a number made of the payload's.</summary>
    public const ushort Count = 0;

    /// <summary>Replies with the payload.</summary>
    public const ushort Echo = 1;

    /// <summary>Ends the request without a reply.</summary>
    public const ushort Forget = 2;

    /// <summary>Closes the channel, with the request in its hands.</summary>
    public const ushort Close = 3;

    /// <summary>Makes the answer to a number.</summary>
    public static ulong Answer(ulong number) => (number * 2) + 1;

    /// <summary>Serves.</summary>
    public static async CoTask ServeAsync(Server server)
    {
        while (true)
            server.Handle(await server.Receive());
    }

    private CoTask<IpcRequest> Receive() => listener.Receive();

    private void Handle(IpcRequest request)
    {
        switch (request.Label)
        {
            case Count:
                Reply(request);
                break;
            case Echo:
                request.ReplyAsync(Echo, request.Payload);
                break;
            case Close:
                channel.Close();
                break;
            default:
                request.Dispose();
                break;
        }
    }

    private static unsafe void Reply(IpcRequest request)
    {
        ulong answer;
        fixed (byte* payload = request.Payload)
            answer = Answer(*(ulong*)payload);
        request.ReplyAsync(Count, new ReadOnlySpan<byte>(&answer, sizeof(ulong)));
    }
}
