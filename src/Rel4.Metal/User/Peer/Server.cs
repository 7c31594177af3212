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
        ulong order = 0, sum = 0;
        IpcRequest request = await ReL4.Recv(PairLayout.Endpoint);
        while (true)
        {
            ulong number = 0;
            ushort label = request.Label;
            switch (label)
            {
                case PairLabel.Invert when request.Length >= sizeof(ulong):
                    number = ~BinaryPrimitives.ReadUInt64LittleEndian(request.Payload);
                    break;
                case PairLabel.Echo:
                    await request.ReplyAsync(0, request.Payload);
                    break;
                case PairLabel.Order:
                    number = order++;
                    break;
                case PairLabel.Add when request.Length >= sizeof(ulong):
                    sum += BinaryPrimitives.ReadUInt64LittleEndian(request.Payload);
                    break;
                case PairLabel.Sum:
                    number = sum;
                    sum = 0;
                    break;
            }

            if (label is PairLabel.Invert or PairLabel.Order or PairLabel.Sum)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(answer, number);
                request = await ReL4.ReplyRecv(PairLayout.Endpoint, request, 0, answer);
                continue;
            }

            request.Dispose();
            request = await ReL4.Recv(PairLayout.Endpoint);
        }
    }
}
