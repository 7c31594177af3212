using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Is a synchronous message that an asynchronous server received: a copy of its own, and the reply capability, in a slot.</summary>
/// <remarks>The copy is never lent again: a span of it, used after the reply, shows no other caller's words.</remarks>
internal sealed class SynchronousCall(KernelThreads threads, Listener listener, ulong slot, ulong badge, byte[] copy)
{
    private bool _hasEnded;
    private ulong _holder;

    /// <summary>The longest reply, in bytes.</summary>
    public const int MostBytes = Limits.MessageWords * sizeof(ulong);

    /// <summary>Gets the caller's badge.</summary>
    public ulong Badge => badge;

    /// <summary>Gets the payload.</summary>
    public byte[] Payload => copy;

    /// <summary>Takes note that a coroutine looks at the message, if one does.</summary>
    public void NoteHolder()
    {
        if (Executor.Current is { } executor)
            _holder = executor.CurrentCoroutine.Value;
    }

    /// <summary>Gets whether one of some coroutines has looked at the message last.</summary>
    public bool IsHeldBy(HashSet<ulong> coroutines) => coroutines.Contains(_holder);

    /// <summary>Replies, once. The bytes are filled up to whole words with zeros; a reply of more than <see cref="MostBytes"/> is none. Any thread.</summary>
    public void Reply(ushort label, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MostBytes)
        {
            listener.ReportTooLong(badge, payload.Length);
            Abandon();
            return;
        }

        int words = (payload.Length + sizeof(ulong) - 1) / sizeof(ulong);
        var message = new ulong[words];
        payload.CopyTo(MemoryMarshal.AsBytes(message.AsSpan()));
        if (!TryEnd())
            return;
        threads.Post(() =>
        {
            new ReplyToken(slot).Reply(label, message);
            End();
        });
    }

    /// <summary>Tells the caller that there will be no reply, unless there was one: what the server's code still does with the message is nothing. Any thread.</summary>
    public void Abandon()
    {
        if (TryEnd())
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
        listener.Answered(this);
    }

    private bool TryEnd() => !Interlocked.Exchange(ref _hasEnded, true);
}
