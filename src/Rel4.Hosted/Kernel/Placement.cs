using System.Diagnostics;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Gathers the threads that make short calls one after another on the kernel's processor (<see cref="KernelPlacement.Together"/>).</summary>
/// <remarks>
/// A thread is gathered after a streak of calls with little time of its own between them. It is released when it takes longer, at the
/// latest when <see cref="ReleaseLong"/> finds it. What it may run on is set by its number, which its process tells and the kernel checks.
/// </remarks>
/// <param name="wanted">Where the kernel is to be.</param>
/// <param name="shortPause">The longest time of a thread's own between calls in a row.</param>
internal sealed class Placement(KernelPlacement wanted, TimeSpan shortPause)
{
    /// <summary>Calls in a row after which a thread is gathered.</summary>
    public const int Streak = 16;

    /// <summary>How many short pauses a gathered thread may compute for.</summary>
    private const int PatienceFactor = 5;

    private readonly List<HostedThread> _gathered = [];
    private int _here;

    /// <summary>Gets whether threads are gathered at all.</summary>
    public bool IsTogether { get; } = wanted == KernelPlacement.Together;

    /// <summary>Gets the longest time of a thread's own between calls in a row.</summary>
    public TimeSpan ShortPause => shortPause;

    /// <summary>Gets how long a gathered thread may compute before it is released, at least.</summary>
    public TimeSpan Patience { get; } = PatienceFactor * shortPause;

    /// <summary>Gets whether a gathered thread may be computing on the kernel's processor.</summary>
    public bool HasGathered => _gathered.Count > 0;

    /// <summary>Keeps the calling thread, the kernel's, on the processor that it runs on.</summary>
    public void Settle()
    {
        _here = Affinity.CurrentProcessor();
        if (IsTogether)
            Affinity.TrySet(0, Affinity.ProcessorSet.Of(_here));
    }

    /// <summary>Takes note that a thread made a call.</summary>
    public void Called(HostedThread thread)
    {
        if (!IsTogether)
            return;
        if (Stopwatch.GetElapsedTime(thread.AnsweredAt) > shortPause)
        {
            thread.ShortCalls = 0;
            Release(thread);
        }
        else if (!IsSettled(thread) && ++thread.ShortCalls == Streak)
        {
            Gather(thread);
        }
    }

    /// <summary>Tells whether a thread runs where it will while it makes short calls: gathered, or where somebody keeps it.</summary>
    public bool IsSettled(HostedThread thread) => !IsTogether || thread.ShortCalls == Streak;

    /// <summary>Takes note that a thread goes on in its own code.</summary>
    public void Answered(HostedThread thread)
    {
        if (IsTogether)
            thread.AnsweredAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Releases the gathered threads that have been in their own code for long.</summary>
    public void ReleaseLong()
    {
        long now = Stopwatch.GetTimestamp();
        for (int i = _gathered.Count - 1; i >= 0; i--)
        {
            if (!_gathered[i].IsInSystemCall && Stopwatch.GetElapsedTime(_gathered[i].AnsweredAt, now) > Patience)
                Release(_gathered[i]);
        }
    }

    /// <summary>Lets a thread run again wherever it might before.</summary>
    public void Release(HostedThread thread)
    {
        if (thread.GatheredId == 0)
            return;
        // It may have ended meanwhile, and its number be another's, whom this is no business of.
        if (ProcessDescriptor.HasThread(thread.Process.Id, thread.GatheredId))
            Affinity.TrySet(thread.GatheredId, thread.Processors);
        thread.GatheredId = 0;
        thread.ShortCalls = 0;
        _gathered.Remove(thread);
    }

    private unsafe void Gather(HostedThread thread)
    {
        int id = thread.Page->Thread;
        if (!thread.Process.IsVouchedFor || !ProcessDescriptor.HasThread(thread.Process.Id, id))
            return;

        // One that somebody keeps elsewhere stays there.
        if (!Affinity.TryGet(id, out Affinity.ProcessorSet before) || !before.Contains(_here) || !Affinity.TrySet(id, Affinity.ProcessorSet.Of(_here)))
            return;
        thread.Processors = before;
        thread.GatheredId = id;
        _gathered.Add(thread);
    }
}
