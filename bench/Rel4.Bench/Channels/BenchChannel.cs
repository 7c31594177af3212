using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Bench.Channels;

/// <summary>Joins two hot ends within this process.</summary>
internal sealed unsafe class BenchChannel : IDisposable
{
    private readonly ChannelFrame* _clientFrame;
    private readonly ChannelFrame* _serverFrame;

    public BenchChannel(nuint frameSize)
    {
        var options = new ChannelOptions();
        _clientFrame = Allocate(frameSize);
        _serverFrame = Allocate(frameSize);
        ChannelEnd.Format(_clientFrame, frameSize, options);
        ChannelEnd.Format(_serverFrame, frameSize, options);
        Client = ChannelEnd.TryOpen(_clientFrame, _serverFrame, frameSize, new NoDoorbell(), options, out _)!;
        Server = ChannelEnd.TryOpen(_serverFrame, _clientFrame, frameSize, new NoDoorbell(), options, out _)!;
        Client.GoHot();
        Server.GoHot();
    }

    public ChannelEnd Client { get; }

    public ChannelEnd Server { get; }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        NativeMemory.AlignedFree(_clientFrame);
        NativeMemory.AlignedFree(_serverFrame);
    }

    private static ChannelFrame* Allocate(nuint size)
    {
        void* frame = NativeMemory.AlignedAlloc(size, 4096);
        NativeMemory.Clear(frame, size);
        return (ChannelFrame*)frame;
    }

    private sealed class NoDoorbell : Doorbell
    {
        public override void Ring()
        {
        }
    }
}
