using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

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

    /// <summary>Replies, once. The bytes are filled up to whole words with zeros; a reply of more than <see cref="MostBytes"/> is none. Any thread.</summary>
    public void Reply(ushort label, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MostBytes)
        {
            RuntimeMeter.AddRefusedReply();
            Abandon();
            return;
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

    /// <summary>Tells the caller, once, that there will be no reply. Any thread.</summary>
    public void Abandon()
    {
        RemoteCopy.Return(copy);
        threads.Post(End);
    }

    /// <summary>Gives back a message that was forgotten. Any thread.</summary>
    public void Forget(ChannelMessage message)
    {
        Abandon();
        listener.ReportForgotten(badge, message);
    }

    private void End()
    {
        threads.Objects.ReturnSlot(slot);
        listener.Answered();
    }
}
