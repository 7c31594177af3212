using Rel4.Abi;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim.Stories;

/// <content>What is true of a thread.</content>
internal sealed unsafe partial class StoryThread
{
    /// <summary>Gets the description of the message it received last.</summary>
    public MessageInfo Info => new(Tcb->Context.Rsi);

    /// <summary>Gets the badge it received last.</summary>
    public ulong Badge => Tcb->Context.Rdi;

    /// <summary>Makes sure that it can run.</summary>
    public void IsRunnable()
    {
        if (!Tcb->IsRunnable)
            throw World.Failure($"{Name} is {State}, expected Running");
    }

    /// <summary>Makes sure of its state.</summary>
    public void Is(ThreadState expected)
    {
        if (State != expected)
            throw World.Failure($"{Name} is {State}, expected {expected}");
    }

    /// <summary>Makes sure that it has received exactly this.</summary>
    public void Received(ulong badge = 0, ulong label = 0, params ReadOnlySpan<ulong> words)
    {
        Is(Kernel.ThreadState.Running);
        ulong[] received = Words(Info.Length);
        if (Badge != badge || Info.Label != label || !words.SequenceEqual(received))
        {
            throw World.Failure(
                $"{Name} received {Describe(Badge, Info.Label, received)}, expected {Describe(badge, label, words.ToArray())}");
        }
    }

    /// <summary>Makes sure that it has received a signal, or 0 by polling for one.</summary>
    public void ReceivedSignal(ulong word)
    {
        Received(word);
        ReceivedCaps(0);
    }

    /// <summary>Makes sure how many capabilities came with the message; those of <paramref name="unwrapped"/> as badges only.</summary>
    public void ReceivedCaps(uint count, uint unwrapped = 0)
    {
        if (Info.ExtraCaps != count || Info.CapsUnwrapped != unwrapped)
        {
            throw World.Failure(
                $"{Name} received {Info.ExtraCaps} capabilities, unwrapped {Info.CapsUnwrapped:b3}, expected {count}, {unwrapped:b3}");
        }
    }

    /// <summary>Gets words of the message it received.</summary>
    public ulong[] Words(uint length)
    {
        var words = new ulong[length];
        for (int i = 0; i < words.Length; i++)
            words[i] = i < Limits.MessageRegisters ? Kernel.Message.GetRegister(Tcb, i) : Buffer->Message[i];
        return words;
    }

    private static string Describe(ulong badge, ulong label, ulong[] words) =>
        $"badge {badge:x}, label {label:x}, [{string.Join(" ", words.Select(word => word.ToString("x")))}]";
}
