using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Probe;

/// <summary>Takes all mappings that the process may have, and each that becomes free, as long as it lasts.</summary>
internal sealed unsafe class Hunger : IDisposable
{
    private const int PageSize = 4096;

    private readonly nint[] _mappings = new nint[1 << 20];
    private readonly Thread _thread;
    private int _count;
    private bool _isFull;
    private bool _isOver;

    public Hunger(bool isHungry)
    {
        _thread = new Thread(() => Take(isHungry));
        _thread.Start();
        SpinWait.SpinUntil(() => Volatile.Read(ref _isFull));
    }

    public void Dispose()
    {
        Volatile.Write(ref _isOver, true);
        _thread.Join();
    }

    private void Take(bool isHungry)
    {
        int file = Memory.TryCreateFile("hunger", PageSize);
        do
        {
            byte* mapping = isHungry && _count < _mappings.Length ? Memory.TryMapReadOnly(file, PageSize) : null;
            if (mapping != null)
                _mappings[_count++] = (nint)mapping;
            else
                Volatile.Write(ref _isFull, true);
        }
        while (!Volatile.Read(ref _isOver));

        while (_count > 0)
            Memory.Unmap((void*)_mappings[--_count], PageSize);
        _ = Descriptors.Close(file);
    }
}
