using Rel4.Metal.User;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Wakes an end of a channel that lies in another task, by a user interrupt: without the kernel, unless the other sleeps.</summary>
/// <param name="sender">The index of the sender, which this thread has registered for the other's doorbell.</param>
internal sealed class InterruptDoorbell(ulong sender) : Doorbell
{
    public override void Ring() => Interruptions.Send(sender);
}
