using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Stands for a task whose socket the test reads, or does not read, itself.</summary>
internal sealed unsafe class FakeProcess : IDisposable
{
    private readonly int _taskEnd;

    public FakeProcess(int number, FakeProcess? attachedBy = null)
    {
        (int kernelEnd, _taskEnd) = DescriptorSocket.CreatePair();
        Process = new HostedProcess(number, name: (ulong)number, space: null, kernelEnd, pidDescriptor: -1, attachedBy?.Process);
    }

    public HostedProcess Process { get; }

    /// <summary>Takes the next message.</summary>
    public int[] Take(out TaskMessage message)
    {
        int[] descriptors = new int[DescriptorSocket.MostInMessage];
        Assert.True(DescriptorSocket.TryReceiveAll(_taskEnd, out message, descriptors));
        return descriptors[..TaskMessage.Descriptors];
    }

    /// <summary>Sends messages until the socket takes no more.</summary>
    public void Fill()
    {
        while (DescriptorSocket.TrySend(Process.Socket, new TaskMessage(), _taskEnd))
        {
        }
    }

    public void Dispose() => Descriptors.CloseAll(_taskEnd, Process.Socket);
}
