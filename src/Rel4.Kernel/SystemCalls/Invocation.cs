using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Holds the arguments of a method of a kernel object.</summary>
internal unsafe ref struct Invocation
{
    /// <summary>The method.</summary>
    public InvocationLabel Label;

    /// <summary>Message words that there are.</summary>
    public uint Length;

    /// <summary>The slot of the capability invoked.</summary>
    public Slot* Service;

    /// <summary>The thread that invokes.</summary>
    public Tcb* Caller;

    /// <summary>The message's registers, and the answer's: the thread's own, or those of a call in its batch.</summary>
    public UserContext* Registers;

    /// <summary>The IPC buffer that goes with them; null if there is none, and then there are no more words than registers.</summary>
    public IpcBuffer* Buffer;

    /// <summary>Whether it waits for an answer.</summary>
    public bool IsCall;

    /// <summary>Slots of the capabilities that came with the message.</summary>
    public ExtraCaps Caps;

    /// <summary>Reads a message word; the caller made sure that there is one.</summary>
    /// <remarks>User code may change the buffer at any moment, so a method reads each word once.</remarks>
    public readonly ulong Word(int index) =>
        index < Limits.MessageRegisters ? Message.GetRegister(Registers, index) : Buffer->Message[index];

    /// <summary>Tells whether there are at least so many words and capabilities (manual section "Truncated Message").</summary>
    /// <remarks>A capability that leads to an empty slot is there: the method refuses it as one of the wrong type.</remarks>
    public readonly bool Has(uint words, int caps = 0) => Length >= words && (caps == 0 || Caps[caps - 1] != null);

    /// <summary>Gives the caller the word that a method returns. Whoever does not wait for an answer keeps all registers.</summary>
    public readonly Outcome Answer(ulong word)
    {
        if (!IsCall)
            return Outcome.Done;
        Message.SetRegister(Registers, 0, word);
        Message.SetResult(Registers, 0, new MessageInfo(0, 0, 0, 1));
        return Outcome.Replied;
    }

    /// <summary>Begins an answer of several words; only for whoever waits for one.</summary>
    public readonly MessageWriter BeginAnswer() =>
        new(Registers, Registers == &Caller->Context ? Message.Buffer(Caller, CapRights.ReadWrite) : Buffer);

    /// <summary>Gives it to the caller.</summary>
    public readonly Outcome Answer(in MessageWriter writer)
    {
        Message.SetResult(Registers, 0, new MessageInfo(0, 0, 0, writer.Length));
        return Outcome.Replied;
    }
}
