// The program `lamarck`.
int main() { return 0; }
