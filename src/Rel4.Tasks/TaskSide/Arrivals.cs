using System.Diagnostics.CodeAnalysis;

namespace Rel4.Hosted.TaskSide;

/// <summary>Keeps what came over the task's socket until the thread it is for takes it.</summary>
/// <remarks>For use from any thread. Locked for a dictionary access only.</remarks>
internal sealed class Arrivals<T>
{
    private readonly Dictionary<ulong, T> _items = [];
    private bool _hasEnded;

    /// <summary>Adds what is known by a number.</summary>
    /// <returns>What was left there under the same number, which nobody wanted.</returns>
    public T? Add(ulong number, T item)
    {
        lock (_items)
        {
            _ = _items.Remove(number, out T? left);
            _items.Add(number, item);
            Monitor.PulseAll(_items);
            return left;
        }
    }

    /// <summary>Takes what is known by a number, and waits until it is there.</summary>
    /// <exception cref="InvalidOperationException">The kernel has ended.</exception>
    public T Take(ulong number)
    {
        lock (_items)
        {
            T? item;
            while (!_items.Remove(number, out item))
            {
                if (_hasEnded)
                    throw new InvalidOperationException("the kernel has ended");
                Monitor.Wait(_items);
            }

            return item;
        }
    }

    /// <summary>Takes what is known by a number, if it is there.</summary>
    public bool TryTake(ulong number, [MaybeNullWhen(false)] out T item)
    {
        lock (_items)
            return _items.Remove(number, out item);
    }

    /// <summary>Says that nothing will be added any more.</summary>
    public void End()
    {
        lock (_items)
        {
            _hasEnded = true;
            Monitor.PulseAll(_items);
        }
    }
}
