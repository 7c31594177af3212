namespace Rel4.Hosted.Kernel;

/// <summary>Numbers things from 1, and gives the numbers of those that are gone to new ones.</summary>
internal sealed class Table<T>
    where T : class
{
    private readonly Stack<int> _free = new();
    private T?[] _items = new T?[16];
    private int _next = 1;

    /// <summary>Gets a bound that all numbers in use lie below.</summary>
    public int Capacity => _items.Length;

    /// <summary>Gets the number that the next one added will have.</summary>
    public int NextNumber => _free.Count > 0 ? _free.Peek() : _next;

    /// <summary>Gets all, for those who look on.</summary>
    public IEnumerable<T> All => _items.OfType<T>();

    public T? this[int number] => _items[number];

    public void Add(T item)
    {
        int number = _free.Count > 0 ? _free.Pop() : _next++;
        if (number == _items.Length)
            Array.Resize(ref _items, 2 * number);
        _items[number] = item;
    }

    public void Remove(int number)
    {
        _items[number] = null;
        _free.Push(number);
    }
}
