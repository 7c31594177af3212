using Rel4.Abi;
using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <summary>A synchronous message that the task has taken: its words, and the reply capability, in a slot of its own. Used again.</summary>
internal sealed unsafe class SynchronousCall
{
    private readonly EndpointPort _port;
    private readonly ulong _slot;
    private readonly byte* _words;

    /// <summary>Makes a place for messages.</summary>
    public SynchronousCall(EndpointPort port, ulong slot)
    {
        _port = port;
        _slot = slot;
        _words = (byte*)Heap.Take(Limits.MessageWords * sizeof(ulong));
        Handle = new MessageHandle(this);
    }

    /// <summary>Gets what stands for the message.</summary>
    public MessageHandle Handle { get; }

    /// <summary>Gets the caller's badge.</summary>
    public ulong Badge { get; private set; }

    /// <summary>Gets or sets the next in its queue.</summary>
    public SynchronousCall? Next { get; set; }

    /// <summary>Takes the message that was received just now.</summary>
    /// <returns>False if its label is none that a request has: it is ended.</returns>
    public bool TryBegin(MessageInfo info, ulong badge)
    {
        Badge = badge;
        _ = SeL4.CNode_SaveCaller(BrokerLayout.Node, _slot, BrokerLayout.NodeBits);
        if (info.Label > ushort.MaxValue)
        {
            Abandon();
            return false;
        }

        int words = (int)info.Length;
        for (int i = 0; i < words; i++)
            ((ulong*)_words)[i] = SeL4.GetMR(i);
        Handle.Message.Show(new RecordHeader(RecordKind.Call, RecordPart.Whole, 0, (ushort)info.Label, words * sizeof(ulong)), _words);
        return true;
    }

    /// <summary>Replies. The bytes are filled up to whole words with zeros; a reply of more than fits a message is none.</summary>
    public void Reply(ushort label, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > Limits.MessageWords * sizeof(ulong))
        {
            Abandon();
            return;
        }

        int words = (payload.Length + sizeof(ulong) - 1) / sizeof(ulong);
        for (int i = 0; i < words; i++)
        {
            ulong word = 0;
            payload.Slice(i * sizeof(ulong), Math.Min(sizeof(ulong), payload.Length - (i * sizeof(ulong)))).CopyTo(new Span<byte>(&word, sizeof(ulong)));
            SeL4.SetMR(i, word);
        }

        End(new MessageInfo(label, 0, 0, (uint)words));
    }

    /// <summary>Tells the caller that there will be no reply.</summary>
    public void Abandon() => End(new MessageInfo((ulong)BrokerLabel.Ended, 0, 0, 0));

    private void End(MessageInfo info)
    {
        // To nobody, if the message was no call: the slot is empty then.
        SeL4.NBSend(_slot, info);
        _port.Return(this);
    }
}
