// On Metal a task has one thread, and this says nothing.
global using PerThreadAttribute = System.ThreadStaticAttribute;
