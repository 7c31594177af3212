using System.Numerics;
using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is a message that the calling thread has just received.</summary>
/// <remarks>
/// Words and capabilities lie in the thread's IPC buffer: they are good until its next system call. Copy what is needed longer.
/// </remarks>
public readonly unsafe ref struct ReceivedMessage
{
    private readonly IpcBuffer* _buffer;

    internal ReceivedMessage(ulong badge, MessageInfo info)
    {
        Badge = badge;
        Info = info;
        _buffer = UserMachine.RequireBuffer();
    }

    /// <summary>Gets the badge of the capability that the sender used; for a signal of a bound notification, its word.</summary>
    public ulong Badge { get; }

    /// <summary>Gets the description as the kernel gave it.</summary>
    public MessageInfo Info { get; }

    /// <summary>Gets the sender's label.</summary>
    public ulong Label => Info.Label;

    /// <summary>Gets the words.</summary>
    public ReadOnlySpan<ulong> Words => new(_buffer->Message, (int)Info.Length);

    /// <summary>Gets how many capabilities came with it, unwrapped or not.</summary>
    public int CapabilityCount => (int)Info.ExtraCaps;

    /// <summary>Gets whether a capability is now in the slot chosen by <see cref="CNodeCap.ReceiveInto"/>.</summary>
    public bool HasReceivedCapability => CapabilityCount > BitOperations.PopCount(Info.CapsUnwrapped);

    /// <summary>Gets a word.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The message has no such word.</exception>
    public ulong this[int index] => (uint)index < Info.Length ? Words[index] : NoWord(index);

    private ulong NoWord(int index) => throw new ArgumentOutOfRangeException(
        nameof(index), index, $"The message has {Info.Length} words: look at Words.Length before a word is read.");

    /// <summary>Gets the badge of a capability that arrived as its badge only, being one to the endpoint it was received from.</summary>
    /// <returns>False if this capability did not.</returns>
    public bool TryGetUnwrapped(int index, out ulong badge)
    {
        bool isUnwrapped = (uint)index < Limits.ExtraCaps && ((Info.CapsUnwrapped >> index) & 1) != 0;
        badge = isUnwrapped ? _buffer->CapsOrBadges[index] : 0;
        return isUnwrapped;
    }

    /// <summary>Replies to the thread that called last: the sender, unless another message was received since.</summary>
    /// <inheritdoc cref="SeL4.Reply" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words.</exception>
    public void Reply(ulong label, params ReadOnlySpan<ulong> words) => SeL4.Reply(OutgoingMessage.Put(_buffer, label, words, default));

    /// <summary>Replies with capabilities as well to the thread that called last.</summary>
    /// <inheritdoc cref="SeL4.Reply" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more than 120 words or 3 capabilities.</exception>
    public void Reply(ulong label, ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> capabilities) =>
        SeL4.Reply(OutgoingMessage.Put(_buffer, label, words, capabilities));
}
