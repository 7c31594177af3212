using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Wakes an end of a channel that lies in this task itself.</summary>
internal sealed class OwnDoorbell(Executor executor, int bit) : Doorbell
{
    public override void Ring() => executor.Ring(bit);
}
