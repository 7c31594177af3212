using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is a synchronous message that an asynchronous server received: a copy, and the reply capability, in a slot.</summary>
internal sealed class SynchronousCall(KernelThreads threads, Listener listener, ulong slot, ulong badge, byte[] copy)
{
    /// <summary>The longest reply, in bytes.</summary>
    public const int MostBytes = Limits.MessageWords * sizeof(ulong);

    /// <summary>Gets the caller's badge.</summary>
    public ulong Badge => badge;

    /// <summary>Gets the payload, and maybe more.</summary>
    public byte[] Payload => copy;

    /// <summary>Replies. The bytes are filled up to whole words with zeros.</summary>
    /// <exception cref="ArgumentException">The payload is longer than <see cref="MostBytes"/>.</exception>
    public void Reply(ushort label, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MostBytes)
        {
            throw new ArgumentException(
                $"The caller made a synchronous call, whose reply takes {MostBytes} bytes, not {payload.Length}. Let it call with CallAsync, or reply in pieces.");
        }

        int words = (payload.Length + sizeof(ulong) - 1) / sizeof(ulong);
        var message = new ulong[words];
        payload.CopyTo(MemoryMarshal.AsBytes(message.AsSpan()));
        RemoteCopy.Return(copy);
        threads.Post(() =>
        {
            new ReplyToken(slot).Reply(label, message);
            End();
        });
    }

    /// <summary>Tells the caller that there will be no reply.</summary>
    public void Abandon()
    {
        RemoteCopy.Return(copy);
        threads.Post(End);
    }

    private void End()
    {
        threads.Objects.ReturnSlot(slot);
        listener.Answered();
    }
}
