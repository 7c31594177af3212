using System.Runtime.InteropServices;

namespace Rel4.Runtime;

/// <summary>What an executor sleeps for besides doorbells. Disposed of at the end of the run.</summary>
internal interface IWatched : IDisposable
{
    /// <summary>Gets the descriptor.</summary>
    SafeHandle Handle { get; }

    /// <summary>Gets or sets what the parking knows this by.</summary>
    ulong WatchNumber { get; set; }

    /// <summary>Is told what has become possible since it was told last. On the executor's thread.</summary>
    /// <param name="canReceive">Whether something has arrived.</param>
    /// <param name="canSend">Whether there is room again.</param>
    /// <param name="hasEnded">Whether nothing more will arrive.</param>
    void Show(bool canReceive, bool canSend, bool hasEnded);
}
