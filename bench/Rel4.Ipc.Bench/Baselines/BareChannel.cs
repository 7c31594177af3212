using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Ipc.Bench.Baselines;

/// <summary>Makes calls by the rings of a channel alone: both sides look without end, with neither executor nor coroutine between. No runtime over it can be faster.</summary>
/// <remarks>
/// The frame that both share has a half for each ring, as long as the runtime's rings are. The server looks only while the client measures, which it
/// announces through a socket.
/// </remarks>
internal sealed unsafe class BareChannel : IDisposable
{
    private const string Name = "channel";

    /// <summary>What of the frame's beginning is another baseline's, <see cref="CacheLine"/>.</summary>
    private const int Reserved = 4096;

    private readonly Socket _announcements = UnixSocket.Connect(Name);
    private readonly ChannelEnd _end = Open(Halves.Map(isServer: false));

    /// <summary>Answers on a thread of its own. To be called by the task's first thread, which alone can map frames.</summary>
    public static void Serve()
    {
        var halves = Halves.Map(isServer: true);
        UnixSocket.Serve(Name, announcements =>
        {
            ChannelEnd? end = null;
            long count = 0;
            while (announcements.Receive(MemoryMarshal.AsBytes(new Span<long>(ref count))) == sizeof(long))
                Answer(end ??= Open(halves), count);
        });
    }

    /// <summary>Makes calls, so many of them under way at once.</summary>
    /// <returns>How long that took.</returns>
    public TimeSpan Call(long count, int concurrency)
    {
        Begin(count);
        long start = Stopwatch.GetTimestamp();
        Exchange(count, concurrency);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Has the server look until it has answered so many calls.</summary>
    public void Begin(long count)
    {
        long all = count + 1;
        _announcements.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in all)));
        // The first one takes until the server's thread runs.
        Call();
    }

    /// <summary>Makes one of the calls that were announced.</summary>
    public void Call() => Exchange(1, concurrency: 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        _announcements.Dispose();
        _end.Dispose();
    }

    private void Exchange(long count, int concurrency)
    {
        Span<byte> payload = stackalloc byte[sizeof(ulong)];
        long made = 0;
        long answered = 0;
        while (answered < count)
        {
            while (made < count && made - answered < concurrency)
            {
                _end.Calls.TryOpen(new CallWaiter(this), out uint id);
                Check(_end.TryWrite(RecordKind.Call, id, label: 0, payload));
                made++;
            }

            _end.Flush();
            while (_end.TryRead(out ChannelMessage reply))
            {
                answered++;
                _end.Release(reply);
            }
        }
    }

    private static void Answer(ChannelEnd end, long count)
    {
        for (long answered = 0; answered < count; end.Flush())
        {
            while (end.TryRead(out ChannelMessage call))
            {
                Check(end.TryWrite(RecordKind.Reply, call.Id, label: 0, call.Payload));
                end.Release(call);
                answered++;
            }
        }
    }

    private static void Check(WriteOutcome outcome)
    {
        if (outcome != WriteOutcome.Done)
            throw new InvalidOperationException($"A ring with room for all that is under way took no record: {outcome}.");
    }

    private static ChannelEnd Open(Halves halves)
    {
        ChannelEnd end = ChannelEnd.TryOpen(halves.Own, halves.Peer, halves.Bytes, new NoDoorbell(), new ChannelOptions(), out ProtocolViolation? violation)
            ?? throw new InvalidOperationException($"The benchmark's other task has formatted no ring: {violation}");
        end.GoHot();
        return end;
    }

    /// <summary>Both rings as one side sees them.</summary>
    /// <remarks>The frame stays mapped until the process ends, so the pointers are good for ever.</remarks>
    private readonly struct Halves
    {
        public ChannelFrame* Own { get; private init; }

        public ChannelFrame* Peer { get; private init; }

        public nuint Bytes { get; private init; }

        /// <summary>Maps the frame and formats the half that is this side's own.</summary>
        public static Halves Map(bool isServer)
        {
            Span<byte> frame = CurrentTask.Map(TaskContext.Frame(Scenario.SharedMemory).CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
            int half = (frame.Length - Reserved) / 2 / Reserved * Reserved;
            byte* first = (byte*)Unsafe.AsPointer(ref frame[Reserved]), second = first + half;
            var halves = new Halves
            {
                Own = (ChannelFrame*)(isServer ? second : first),
                Peer = (ChannelFrame*)(isServer ? first : second),
                Bytes = (nuint)half,
            };
            ChannelEnd.Format(halves.Own, halves.Bytes, ChannelParts.OptionsOf(0));
            return halves;
        }
    }

    /// <summary>A doorbell that is never rung, as both sides are awake.</summary>
    private sealed class NoDoorbell : Doorbell
    {
        public override void Ring()
        {
        }
    }
}
