using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Answers requests.</summary>
internal static class Server
{
    /// <summary>Serves for ever.</summary>
    public static async CoTask ServeAsync()
    {
        var answer = new byte[sizeof(ulong)];
        Request request = await ReL4.Recv(PairLayout.Endpoint);
        while (true)
        {
            switch (request.Label)
            {
                case PairLabel.Invert:
                    BinaryPrimitives.WriteUInt64LittleEndian(answer, ~BinaryPrimitives.ReadUInt64LittleEndian(request.Payload));
                    request = await ReL4.ReplyRecv(PairLayout.Endpoint, request, 0, answer);
                    continue;
                case PairLabel.Echo:
                    await request.ReplyAsync(0, request.Payload);
                    break;
                default:
                    request.Dispose();
                    break;
            }

            request = await ReL4.Recv(PairLayout.Endpoint);
        }
    }
}
