using System.Diagnostics;
using Rel4.Abi;

namespace Rel4.Hosted.TaskSide;

/// <summary>Shows the supervisor that an executor makes turns, or sleeps: a word of the task's first page. Of its executor's thread.</summary>
internal sealed unsafe class Pulse : IDisposable
{
    /// <summary>Between two questions whether there is a debugger, which cost more than the rest.</summary>
    private const ulong BeatsPerQuestion = 512;

    private static readonly Lock s_lock = new();
    private static readonly bool[] s_isTaken = new bool[ExecutorPulses.Count];

    // The page stays mapped for as long as the process lives.
    private static TrapPage* s_page;

    // Null where nobody looks, or all words are taken: then nothing is shown, and the executor is not missed.
    private readonly ulong* _word;
    private readonly int _index;
    private ulong _value;

    public Pulse()
    {
        if (s_page == null)
            return;
        lock (s_lock)
        {
            _index = Array.IndexOf(s_isTaken, false);
            if (_index < 0)
                return;
            s_isTaken[_index] = true;
        }

        fixed (ulong* words = (Span<ulong>)s_page->Pulses)
            _word = words + _index;
    }

    /// <summary>Shows that this process is a task, and its executors from now on.</summary>
    /// <param name="page">The page of its first thread.</param>
    public static void Begin(TrapPage* page)
    {
        Volatile.Write(ref page->Attached, 1);
        s_page = page;
    }

    /// <summary>Shows that the executor goes on.</summary>
    public void Beat()
    {
        if (_word == null)
            return;
        _value += 2;
        Volatile.Write(ref *_word, _value);
        if (_value % (2 * BeatsPerQuestion) == 2)
            ShowDebugger();
    }

    /// <summary>Shows that the executor sleeps until there is something to do.</summary>
    public void Sleep()
    {
        if (_word != null)
            Volatile.Write(ref *_word, _value | 1);
    }

    /// <summary>Shows that the executor was woken.</summary>
    public void Wake()
    {
        Beat();
        if (_word != null)
            ShowDebugger();
    }

    /// <summary>Shows that there is no executor any more.</summary>
    public void Dispose()
    {
        if (_word == null)
            return;
        Volatile.Write(ref *_word, 0);
        lock (s_lock)
            s_isTaken[_index] = false;
    }

    private static void ShowDebugger() => Volatile.Write(ref s_page->Debugged, Debugger.IsAttached ? 1u : 0);
}
