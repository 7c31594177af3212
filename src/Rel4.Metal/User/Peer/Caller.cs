using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls many times, one call after another.</summary>
internal sealed class Caller(ChannelSource source, ulong number, ulong calls)
{
    private readonly ulong _calls = calls;

    /// <summary>Gets how many replies were right.</summary>
    public ulong Right { get; private set; }

    /// <summary>Makes the calls.</summary>
    public static async CoTask CallManyAsync(Caller caller)
    {
        for (ulong i = 0; i < caller._calls; i++)
        {
            ulong argument = caller.Argument(i);
            using Response reply = await caller.Call(argument);
            if (BinaryPrimitives.ReadUInt64LittleEndian(reply.Payload) == ~argument)
                caller.Right++;
        }
    }

    private ulong Argument(ulong i) => (number << 32) + i;

    private unsafe CoTask<Response> Call(ulong argument) => source.Call(0, new ReadOnlySpan<byte>(&argument, sizeof(ulong)));
}
