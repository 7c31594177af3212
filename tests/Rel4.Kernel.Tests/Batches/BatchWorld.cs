namespace Rel4.Kernel.Tests;

/// <summary>Is a world in which the root thread has a batch, and calls are written into it as user code does.</summary>
internal sealed unsafe class BatchWorld : IDisposable
{
    public BatchWorld(StoryThread? thread = null, World? world = null)
    {
        World = world ?? new World();
        Thread = thread ?? World.Root;
        Frame = World.Frame("batch");
        Open();
    }

    public World World { get; }

    public StoryThread Thread { get; }

    public StoryObject Frame { get; }

    public BatchFrame* Mapped => (BatchFrame*)Frame.Address;

    /// <summary>Gets the number of the next call.</summary>
    public ulong Count => Mapped->Produced;

    /// <summary>Gives the thread its frame, by its kernel's root thread.</summary>
    public void Open() => World.Root.Invoke(Thread.Original, InvocationLabel.TcbSetBatch, [], Frame).Is(SeL4Error.NoError, ulong.MaxValue);

    /// <summary>Writes a call.</summary>
    public ulong Write(CPtr service, InvocationLabel label, ReadOnlySpan<ulong> words = default, params ReadOnlySpan<CPtr> caps)
    {
        ulong number = Mapped->Produced;
        BatchEntry* entry = BatchFrame.Entry(Mapped, number);
        entry->Service = service.Value;
        entry->Info = new MessageInfo((ulong)label, 0, (uint)caps.Length, (uint)words.Length).Raw;
        for (int i = 0; i < caps.Length; i++)
            entry->Caps[i] = caps[i].Value;
        for (int i = 0; i < words.Length && i < BatchEntry.MessageWords; i++)
            entry->Words[i] = words[i];
        Mapped->Produced = number + 1;
        return number;
    }

    /// <summary>Has the kernel perform them.</summary>
    public SeL4Error Submit()
    {
        World.Kernel.Trap(Thread.Tcb, Syscall.PerformBatch, 0, default);
        return (SeL4Error)new MessageInfo(Thread.Tcb->Context.Rsi).Label;
    }

    /// <summary>Gets the answer to a call.</summary>
    public (SeL4Error Error, ulong[] Words) AnswerTo(ulong number)
    {
        Assert.True(Mapped->Completed > number, $"call {number} has no answer, {Mapped->Completed} have");
        BatchAnswer* answer = BatchFrame.Answer(Mapped, number);
        var info = new MessageInfo(answer->Info);
        Assert.Equal((0U, 0U), (info.CapsUnwrapped, info.ExtraCaps));
        return ((SeL4Error)info.Label, new ReadOnlySpan<ulong>(answer->Words, (int)info.Length).ToArray());
    }

    /// <summary>Makes sure that a call was answered so.</summary>
    public void Is(ulong number, SeL4Error error, params ulong[] words)
    {
        (SeL4Error found, ulong[] foundWords) = AnswerTo(number);
        Assert.Equal(error, found);
        Assert.Equal(words, foundWords);
    }

    public void Dispose() => World.Dispose();
}
