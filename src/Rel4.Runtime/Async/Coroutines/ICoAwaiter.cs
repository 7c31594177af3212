using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>What an async method that returns a <see cref="CoTask"/> may await: it is told of the frame itself, without a delegate.</summary>
/// <remarks>Anything else is bridged by <see cref="CoTaskExtensions"/>.</remarks>
public interface ICoAwaiter : ICriticalNotifyCompletion
{
    /// <summary>Has a frame resumed when there is a result.</summary>
    /// <exception cref="InvalidOperationException">It is awaited already, or was before; or this is another thread than the executor's.</exception>
    void Suspend(CoFrame frame);
}
