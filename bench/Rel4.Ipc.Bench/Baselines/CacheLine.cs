using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;

namespace Rel4.Ipc.Bench.Baselines;

/// <summary>Sends a cache line to another core and back: each of two threads looks at the other's word. No message can be faster.</summary>
/// <remarks>
/// The client writes word 0, the server word <see cref="Answer"/> of the frame that they share. The server looks only while the client
/// measures, which it announces through a socket. Makes no sense on one core, where each would look until its time slice ends.
/// </remarks>
internal sealed unsafe class CacheLine : IDisposable
{
    private const string Name = "line";

    /// <summary>Two lines away: processors fetch lines in pairs.</summary>
    private const int Answer = 16;

    private readonly Socket _announcements = UnixSocket.Connect(Name);
    private readonly long* _words = MapWords();
    private long _number;

    /// <summary>Answers on a thread of its own. To be called by the task's first thread, which alone can map frames.</summary>
    public static void Serve()
    {
        long* words = MapWords();
        UnixSocket.Serve(Name, announcements =>
        {
            long last = 0;
            while (announcements.Receive(MemoryMarshal.AsBytes(new Span<long>(ref last))) == sizeof(long))
                AnswerUntil(words, last);
        });
    }

    /// <summary>Sends the line and waits for it, so many times.</summary>
    /// <returns>How long that took.</returns>
    public TimeSpan RoundTrip(int count)
    {
        long last = _number + count + 1;
        _announcements.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in last)));
        // The first one takes until the server's thread runs.
        Exchange(_words, _number, _number + 1);
        long start = Stopwatch.GetTimestamp();
        Exchange(_words, _number + 1, last);
        _number = last;
        return Stopwatch.GetElapsedTime(start);
    }

    /// <inheritdoc/>
    public void Dispose() => _announcements.Dispose();

    private static void Exchange(long* words, long done, long last)
    {
        for (long number = done + 1; number <= last; number++)
        {
            Volatile.Write(ref words[0], number);
            while (Volatile.Read(ref words[Answer]) != number)
            {
            }
        }
    }

    private static void AnswerUntil(long* words, long last)
    {
        for (long number = Volatile.Read(ref words[Answer]) + 1; number <= last; number++)
        {
            while (Volatile.Read(ref words[0]) != number)
            {
            }

            Volatile.Write(ref words[Answer], number);
        }
    }

    /// <remarks>The frame stays mapped until the process ends, so the pointer is good for ever; it has room for both words.</remarks>
    private static long* MapWords() => (long*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(
        CurrentTask.Map(TaskContext.Frame(Scenario.SharedMemory).CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite)));
}
