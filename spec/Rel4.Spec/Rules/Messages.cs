using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>Numbers the words of an IPC buffer (manual, table "Fields of the seL4_IPCBuffer structure").</summary>
public static class BufferWords
{
    /// <summary>First message word.</summary>
    public const int Message = 1;

    /// <summary>First capability to send, or badge received.</summary>
    public const int CapsOrBadges = 122;

    /// <summary>Root in which to find the receive slot.</summary>
    public const int ReceiveCNode = 125;

    /// <summary>Address of the receive slot.</summary>
    public const int ReceiveIndex = 126;

    /// <summary>Bits of that address to use.</summary>
    public const int ReceiveDepth = 127;

    /// <summary>Words of a buffer.</summary>
    public const int Count = 128;
}

/// <summary>
/// The rules that say where a thread's message lies: the first words in registers, the rest in its IPC buffer (manual, "Message
/// Registers").
/// </summary>
public static class Messages
{
    private static readonly ImmutableArray<Register> WordRegisters = [Register.R10, Register.R8, Register.R9, Register.R15];

    /// <summary>Finds a thread's IPC buffer in memory, if the capability to its frame gives the rights that are needed.</summary>
    public static ulong? BufferOf(this SpecState s, ulong thread, CapRights rights) =>
        s.Cap(new SlotId(thread, TcbSlot.IpcBuffer)) is FrameCap { IsDevice: false } frame && frame.Rights.HasFlag(rights)
            ? frame.Address + (s.Thread(thread).IpcBuffer & ((1UL << frame.SizeBits) - 1))
            : null;

    /// <summary>Reads a word of a thread's IPC buffer.</summary>
    public static ulong BufferWord(this SpecState s, ulong thread, int index) =>
        s.Memory.GetValueOrDefault(s.BufferOf(thread, CapRights.Read)!.Value + ((ulong)index * sizeof(ulong)));

    /// <summary>Writes a word of a thread's IPC buffer.</summary>
    public static SpecState WriteBuffer(this SpecState s, ulong thread, int index, ulong value)
    {
        ulong address = s.BufferOf(thread, CapRights.ReadWrite)!.Value + ((ulong)index * sizeof(ulong));
        return s with { Memory = value == 0 ? s.Memory.Remove(address) : s.Memory.SetItem(address, value) };
    }

    /// <summary>Gives the message words that a thread sends; without a buffer, only those in registers.</summary>
    public static ImmutableArray<ulong> MessageOf(this SpecState s, ulong thread, MessageInfo info) =>
        [.. Enumerable.Range(0, Math.Min((int)info.Length, s.Capacity(thread, CapRights.Read))).Select(i => i < Limits.MessageRegisters
            ? s.Thread(thread)[WordRegisters[i]]
            : s.BufferWord(thread, BufferWords.Message + i))];

    /// <summary>Hands a thread a message: badge, tag and words, as many as it has room for.</summary>
    public static SpecState Deliver(
        this SpecState s, ulong thread, ulong badge, ulong label, ImmutableArray<ulong> words, uint capsUnwrapped = 0, uint extraCaps = 0)
    {
        int count = Math.Min(words.Length, s.Capacity(thread, CapRights.ReadWrite));
        for (int i = 0; i < count; i++)
        {
            s = i < Limits.MessageRegisters
                ? s.Put(s.Thread(thread).With(WordRegisters[i], words[i]))
                : s.WriteBuffer(thread, BufferWords.Message + i, words[i]);
        }
        MessageInfo info = new(label, capsUnwrapped, extraCaps, (uint)count);
        return s.Put(s.Thread(thread).With(Register.Rdi, badge).With(Register.Rsi, info.Raw));
    }

    /// <summary>Hands a thread a notification's word, or the news that there is none.</summary>
    public static SpecState DeliverSignal(this SpecState s, ulong thread, ulong word) => s.Deliver(thread, word, label: 0, words: []);

    private static int Capacity(this SpecState s, ulong thread, CapRights rights) =>
        s.BufferOf(thread, rights) is null ? Limits.MessageRegisters : Limits.MessageWords;
}
