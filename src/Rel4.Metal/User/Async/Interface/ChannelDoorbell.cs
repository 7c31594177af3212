using Rel4.Metal.User;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Wakes the peer of a channel by a user interrupt: without the kernel, unless the other sleeps. Or by a signal, where the kernel has no room for a sender.</summary>
/// <param name="sender">One more than the index of the sender, which the broker has registered; 0 for none.</param>
/// <param name="bell">Slot of the peer's bell, if there is none.</param>
internal sealed class ChannelDoorbell(uint sender, ulong bell) : Doorbell
{
    private bool _isSilent;

    /// <summary>Rings no more: there is nobody.</summary>
    public void Silence() => _isSilent = true;

    public override void Ring()
    {
        if (_isSilent)
            return;
        if (sender != 0)
            Interruptions.Send(sender - 1);
        else
            SeL4.Signal(bell);
    }
}
